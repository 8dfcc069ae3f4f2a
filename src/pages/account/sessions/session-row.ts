import type { SessionBody } from '../../../routes/types.ts'
import type { Visit } from '../../page.ts'
import { hidden } from '../../view/controls.ts'
import { type Html, html, when } from '../../view/html.ts'
import { icons } from '../../view/icons.ts'
import { formOwner, type MemberVisit } from '../member-page.ts'
import { dateOf, timeAgo } from '../times.ts'

/** Of what a program states instead of a browser's name. */
const longestName = 60

export function sessionRow(visit: MemberVisit, session: SessionBody): Html {
  const { sessions: words } = visit.messages.account
  const { current, address, last_used_at: used, created_at: begun } = session
  const name = nameOf(visit, session)
  return html`<li class="session">
    ${session.device?.kind === 'mobile' || session.device?.kind === 'tablet' ? icons.phone : icons.computer}
    <div class="text">
      <p class="value"><strong>${name}</strong>${current ? html` <span class="tag">${words.current}</span>` : ''}</p>
      <p>${words.lastUsed} ${timeAgo(visit, used)}${when(address, (from) => html` · ${from}`)}</p>
      <p>${words.since} ${dateOf(visit, begun)}</p>
    </div>
    ${current ? '' : endForm(visit, session.id, name)}
  </li>`
}

function endForm(visit: MemberVisit, id: string, name: string): Html {
  const { site, messages } = visit
  const { sessions: words } = messages.account
  return html`<form method="post" action="${site.to('/account/sessions/end')}">${formOwner(visit)}
    ${hidden('id', id)}<button class="small" type="submit" aria-label="${words.endOf(name)}">${words.end}</button>
  </form>`
}

/** `Firefox on Windows`; the beginning of what the client states if it is no browser. */
function nameOf({ messages }: Visit, { device, user_agent }: SessionBody): string {
  const { sessions: words } = messages.account
  if (device === null) return plain(user_agent ?? '') || words.unknown
  return device.system === null ? device.browser : words.device(device.browser, device.system)
}

/** Without characters that cannot be seen, or change the direction of text. */
function plain(text: string): string {
  return text
    .slice(0, longestName)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
}
