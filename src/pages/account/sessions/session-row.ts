import type { SessionBody } from '../../../routes/types.ts'
import type { Visit } from '../../page.ts'
import { hidden } from '../../view/controls.ts'
import { type Html, html, when } from '../../view/html.ts'
import { deviceIcon, deviceLabel } from '../device-label.ts'
import { formOwner, type MemberVisit } from '../member-page.ts'
import { dateOf, timeAgo } from '../times.ts'

export function sessionRow(visit: MemberVisit, session: SessionBody): Html {
  const { sessions: words } = visit.messages.account
  const { current, address, last_used_at: used, created_at: begun } = session
  const name = deviceLabel(visit, session)
  return html`<li class="session">
    ${deviceIcon(session)}
    <div class="text">
      <p class="value"><strong>${name}</strong>${current ? html` <span class="tag">${words.current}</span>` : ''}</p>
      <p>${words.lastUsed} ${timeAgo(visit, used)}${when(address, (from) => html` · ${from}`)}</p>
      <p>${words.since} ${dateOf(visit, begun)}${when(wayIn(visit, session.amr), (by) => html` ${by}`)}</p>
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
