import { describe, expect, it } from 'vitest'
import type { Device } from './device.ts'
import { deviceOf } from './device-name.ts'

const safari = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0'

describe('deviceOf', () => {
  const cases: [userAgent: string | null, device: Device | undefined][] = [
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0',
      { browser: 'Firefox', system: 'Windows', kind: 'desktop' },
    ],
    [
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${safari} Version/18.0 Mobile/15E148 Safari/604.1`,
      { browser: 'Safari', system: 'iOS', kind: 'mobile' },
    ],
    [
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${safari} FxiOS/131.0 Mobile/15E148 Safari/605.1.15`,
      { browser: 'Firefox', system: 'iOS', kind: 'mobile' },
    ],
    [
      `Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) ${safari} Version/18.0 CriOS/130.0 Mobile/15E148 Safari/604.1`,
      { browser: 'Chrome', system: 'iOS', kind: 'tablet' },
    ],
    [
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${safari} Version/18.0 Safari/605.1.15`,
      { browser: 'Safari', system: 'macOS', kind: 'desktop' },
    ],
    [
      'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36 EdgA/130.0',
      { browser: 'Edge', system: 'Android', kind: 'mobile' },
    ],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Safari/537.36 Edg/130.0.0.0`,
      { browser: 'Edge', system: 'Windows', kind: 'desktop' },
    ],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Safari/537.36 OPR/114.0.0.0`,
      { browser: 'Opera', system: 'Windows', kind: 'desktop' },
    ],
    [
      'Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36',
      { browser: 'Samsung Internet', system: 'Android', kind: 'mobile' },
    ],
    [
      `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${chrome} Safari/537.36`,
      { browser: 'Chrome', system: 'ChromeOS', kind: 'desktop' },
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0 Safari/537.36',
      { browser: 'Chrome', system: 'Linux', kind: 'desktop' },
    ],
    [
      'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      { browser: 'Googlebot', system: null, kind: 'bot' },
    ],
    ['Firefox/130.0', { browser: 'Firefox', system: null, kind: 'other' }],
    ['curl/8.5.0', undefined],
    ['python-requests/2.31', undefined],
    ['node', undefined],
    ['x'.repeat(4096), undefined],
    ['('.repeat(2048) + ';'.repeat(2048), undefined],
    ['\u202e\0\n<script>', undefined],
    ['', undefined],
    [null, undefined],
  ]
  it.each(cases)('reads %s', (userAgent, device) => {
    expect(deviceOf(userAgent)).toEqual(device)
  })
})
