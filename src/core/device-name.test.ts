import { describe, expect, it } from 'vitest'
import { type Device, deviceOf } from './device-name.ts'

const safari = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0'

describe('deviceOf', () => {
  const cases: [userAgent: string, device: Device | undefined][] = [
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0',
      { browser: 'Firefox', system: 'Windows', isMobile: false },
    ],
    [
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${safari} Mobile/15E148 Safari/604.1`,
      { browser: 'Safari', system: 'iOS', isMobile: true },
    ],
    [
      `Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) ${safari} CriOS/130.0 Mobile/15E148 Safari/604.1`,
      { browser: 'Chrome', system: 'iOS', isMobile: true },
    ],
    [
      'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36 EdgA/130.0',
      { browser: 'Edge', system: 'Android', isMobile: true },
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0 Safari/537.36',
      { browser: 'Chrome', system: 'Linux', isMobile: false },
    ],
    ['Firefox/130.0', { browser: 'Firefox', system: undefined, isMobile: false }],
    ['curl/8.5.0', undefined],
    ['', undefined],
  ]
  it.each(cases)('reads %s', (userAgent, device) => {
    expect(deviceOf(userAgent)).toEqual(device)
  })
})
