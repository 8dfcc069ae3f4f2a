import type { SessionBody } from '../../routes/types.ts'
import type { Visit } from '../page.ts'
import { type Html, html, when } from '../view/html.ts'
import { icons } from '../view/icons.ts'
import { timeAgo } from './times.ts'

type Device = Pick<SessionBody, 'device' | 'user_agent' | 'current' | 'address' | 'last_used_at'>

/** A device, when it was last used, and what can be done about it. */
export function deviceRow(visit: Visit, device: Device, { about, action }: { about: Html; action: Html | '' }): Html {
  const { sessions: words } = visit.messages.account
  const { current, address, last_used_at: used } = device
  const isMobile = device.device?.kind === 'mobile' || device.device?.kind === 'tablet'
  return html`<li class="device">
    ${isMobile ? icons.phone : icons.computer}
    <div class="text">
      <p class="value"><strong>${deviceName(visit, device)}</strong>${current ? html` <span class="tag">${words.current}</span>` : ''}</p>
      <p>${words.lastUsed} ${timeAgo(visit, used)}${when(address, (from) => html`\u00a0· ${from}`)}</p>
      <p>${about}</p>
    </div>
    ${action}
  </li>`
}

/** Maximum length of a `User-Agent` that is shown because it names no browser. */
const longestName = 60

/** `Firefox on Windows`; the beginning of what the client states if it is no browser. */
export function deviceName({ messages }: Visit, { device, user_agent }: Pick<Device, 'device' | 'user_agent'>): string {
  const { sessions: words } = messages.account
  if (device === null) return plain(user_agent ?? '') || words.unknown
  return device.system === null ? device.browser : words.device(device.browser, device.system)
}

/** Without invisible characters, and without those that change the direction of text. */
function plain(text: string): string {
  return text
    .slice(0, longestName)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
}
