import { deviceOf } from '../../core/devices/device-name.ts'
import { unlinked } from './facts.ts'

/**
 * A browser as people know it, such as `Firefox on Windows`. For other clients, the beginning of their `User-Agent`.
 * @param words Phrases it in the language of the mail.
 */
export function browserOf(userAgent: string, words: (browser: string, system: string) => string): string {
  const device = deviceOf(userAgent)
  if (device === undefined) return unlinked(userAgent.slice(0, 60))
  return device.system === null ? device.browser : words(device.browser, device.system)
}
