import { deviceOf } from '../../core/devices/device-name.ts'
import { unlinked } from './facts.ts'

/**
 * A browser as people know it, such as `Firefox on Windows`; the beginning of what the client states if it is no browser.
 * @param words Says it in the language of the mail.
 */
export function browserOf(userAgent: string, words: (browser: string, system: string) => string): string {
  const device = deviceOf(userAgent)
  if (device === undefined) return unlinked(userAgent.slice(0, 60))
  return device.system === null ? device.browser : words(device.browser, device.system)
}
