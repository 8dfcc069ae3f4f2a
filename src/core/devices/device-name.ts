import Bowser from 'bowser'
import { type Device, deviceKinds } from './device.ts'

/** No browser states more: what anyone can send is not searched for names at any length. */
const longestUserAgent = 512

/** Shorter than the library has them: the system stands beside the browser. */
const shortNames: Readonly<Record<string, string>> = {
  'Microsoft Edge': 'Edge',
  'Opera Touch': 'Opera',
  'Samsung Internet for Android': 'Samsung Internet',
  'Chrome OS': 'ChromeOS',
}

/**
 * What a `User-Agent` header names; `undefined` if it is neither a browser nor a known robot. The library is large: import
 * this file when it is first needed.
 */
export function deviceOf(userAgent: string | null): Device | undefined {
  const text = userAgent?.slice(0, longestUserAgent) ?? ''
  if (text === '') return undefined
  const { browser, os, platform } = Bowser.parse(text)
  if (!browser.name) return undefined
  const kind = deviceKinds.find((one) => one === platform.type) ?? 'other'
  return { browser: shortName(browser.name), system: os.name ? shortName(os.name) : null, kind }
}

function shortName(name: string): string {
  return shortNames[name] ?? name
}
