import type { SessionBody } from '../../../routes/types.ts'
import type { Visit } from '../../page.ts'
import { hidden } from '../../view/controls.ts'
import { type Html, html, when } from '../../view/html.ts'
import { deviceName, deviceRow } from '../device-row.ts'
import { formOwner, type MemberVisit } from '../frames/member-page.ts'
import { dateOf } from '../times.ts'

export function sessionRow(visit: MemberVisit, session: SessionBody): Html {
  const { sessions: words } = visit.messages.account
  const { current, created_at: begun, amr } = session
  return deviceRow(visit, session, {
    about: html`${words.since} ${dateOf(visit, begun)}${when(signInMethod(visit, amr), (by) => html` ${by}`)}`,
    action: current ? '' : endForm(visit, session),
  })
}

/** How the user signed in, in the order of the steps. */
function signInMethod({ messages, language }: Visit, amr: readonly string[]): string {
  const { methods, sessions: words } = messages.account
  const names = amr.flatMap((method) => methods[method] ?? [])
  const list = new Intl.ListFormat(language).format([...new Set(names)])
  return list && words.by(list)
}

function endForm(visit: MemberVisit, session: SessionBody): Html {
  const { site, messages } = visit
  const { sessions: words } = messages.account
  return html`<form method="post" action="${site.to('/account/sessions/end')}">${formOwner(visit)}
    ${hidden('id', session.id)}<button class="small" type="submit" aria-label="${words.endOf(deviceName(visit, session))}">${words.end}</button>
  </form>`
}
