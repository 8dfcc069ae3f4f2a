import { deviceOf } from '../../../core/device-name.ts'
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
  const name = nameOf(visit, session.user_agent)
  return html`<li class="session">
    ${deviceOf(session.user_agent ?? '')?.isMobile ? icons.phone : icons.computer}
    <div class="text">
      <p class="value"><strong>${name}</strong>${current ? html` <span class="tag">${words.current}</span>` : ''}</p>
      <p>${words.lastUsed} ${timeAgo(visit, used)}${when(address, (from) => html` · ${from}`)}</p>
      <p>${words.since} ${dateOf(visit, begun)}${when(wayIn(visit, session.amr ?? []), (by) => html` ${by}`)}</p>
    </div>
    ${current ? '' : endForm(visit, session.id, name)}
  </li>`
}

/** How the user signed in, in the order of the steps. */
function wayIn({ messages, language }: Visit, amr: readonly string[]): string {
  const { methods, sessions: words } = messages.account
  const names = amr.flatMap((method) => methods[method] ?? [])
  const list = new Intl.ListFormat(language).format([...new Set(names)])
  return list && words.by(list)
}

function endForm(visit: MemberVisit, id: string, name: string): Html {
  const { site, messages } = visit
  const { sessions: words } = messages.account
  return html`<form method="post" action="${site.to('/account/sessions/end')}">${formOwner(visit)}
    ${hidden('id', id)}<button class="small" type="submit" aria-label="${words.endOf(name)}">${words.end}</button>
  </form>`
}

/** `Firefox on Windows`; the beginning of what the client states if it is no browser. */
function nameOf({ messages }: Visit, userAgent: string | null): string {
  const { sessions: words } = messages.account
  const device = deviceOf(userAgent ?? '')
  if (device === undefined) return plain(userAgent ?? '') || words.unknown
  return device.system === undefined ? device.browser : words.device(device.browser, device.system)
}

/** Without characters that cannot be seen, or change the direction of text. */
function plain(text: string): string {
  return text
    .slice(0, longestName)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
}
