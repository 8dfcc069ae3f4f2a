import type { SessionBody } from '../../routes/types.ts'
import type { Visit } from '../page.ts'
import type { Html } from '../view/html.ts'
import { icons } from '../view/icons.ts'

type Named = Pick<SessionBody, 'device' | 'user_agent'>

/** Of what a program states instead of a browser's name. */
const longestName = 60

/** `Firefox on Windows`; the beginning of what the client states if it is no browser. */
export function deviceLabel({ messages }: Visit, { device, user_agent }: Named): string {
  const { sessions: words } = messages.account
  if (device === null) return plain(user_agent ?? '') || words.unknown
  return device.system === null ? device.browser : words.device(device.browser, device.system)
}

export function deviceIcon({ device }: Named): Html {
  return device?.kind === 'mobile' || device?.kind === 'tablet' ? icons.phone : icons.computer
}

/** Without characters that cannot be seen, or change the direction of text. */
function plain(text: string): string {
  return text
    .slice(0, longestName)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
}
