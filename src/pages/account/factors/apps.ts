import type { FactorBody, FactorsBody } from '../../../routes/types.ts'
import { telling } from '../../notice.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import { doneNotice, doneText, hidden, problemSummary, submit } from '../../view/controls.ts'
import { type Html, html, when } from '../../view/html.ts'
import { icons } from '../../view/icons.ts'
import { accountPage } from '../../view/layout.ts'
import { readId } from '../form-id.ts'
import { formOwner, type MemberVisit, memberPage, unavailable } from '../member-page.ts'
import { asksForProof, toConfirm } from '../proof.ts'
import { dateOf, timeAgo } from '../times.ts'

const path = '/account/authenticator'
const addPath = '/account/authenticator/add'

/** The authenticator apps of the account. */
export const apps: Page = memberPage({ path, show: (visit) => render(visit) })

export const removeApp: Page = memberPage({
  path: '/account/authenticator/remove',
  nextOf: () => path,
  async submit(visit, form) {
    const answer = await visit.ask('DELETE', `/mfa/totp/${readId(form)}`)
    if (answer.ok) return { redirect: visit.site.to(path, telling(visit, { done: 'removed' })) }
    return asksForProof(answer) ? toConfirm(visit, path) : render(visit, problemOf(answer, visit.messages))
  },
})

async function render(visit: MemberVisit, problem?: Problem): Promise<Outcome> {
  const { apps: words } = visit.messages.account
  const factors = await visit.ask<FactorsBody>('GET', '/mfa')
  if (!factors.ok) return unavailable(visit, factors)
  const { totp } = factors.body
  const done = doneText(visit, words.done)
  return {
    ...(problem && { status: problem.status }),
    html: accountPage(visit, {
      title: words.title,
      lead: words.lead,
      username: visit.me.username,
      kind: totp.length === 0 ? 'form' : 'list',
      content: html`${problemSummary(problem) || doneNotice(done)}
        ${totp.length === 0 ? firstApp(visit) : listed(visit, totp)}`,
    }),
  }
}

/** One app has no need of a name. */
function firstApp(visit: MemberVisit): Html {
  const { site, messages } = visit
  const { apps: words } = messages.account
  return html`<div class="panel"><div class="inner">
    <p>${words.addLead}</p>
    <form method="post" action="${site.to(addPath)}">${formOwner(visit)}<div class="actions">${submit(words.setUp)}</div></form>
  </div></div>`
}

function listed(visit: MemberVisit, totp: readonly FactorBody[]): Html {
  const { apps: words } = visit.messages.account
  return html`<div class="panel"><ul class="rows">${totp.map((app) => appRow(visit, app, totp.length === 1))}</ul></div>
    <div class="actions"><a class="button" href="${visit.site.to(addPath)}">${words.addAnother}</a></div>`
}

function appRow(visit: MemberVisit, app: FactorBody, isLast: boolean): Html {
  const { site, messages } = visit
  const { apps: words } = messages.account
  const lastUsed = when(app.last_used_at, (at) => html` · ${words.lastUsed} ${timeAgo(visit, at)}`)
  return html`<li>
    ${icons.phone}
    <div class="text beside-ask"><strong>${app.name}</strong><p>${words.added} ${dateOf(visit, app.created_at)}${lastUsed}</p></div>
    <details class="ask">
      <summary class="button quiet">${words.remove}<span class="hidden">: ${app.name}</span></summary>
      <form method="post" action="${site.to('/account/authenticator/remove')}">${formOwner(visit)}
        <p>${isLast ? words.removeLast : words.removeText}</p>
        ${hidden('id', app.id)}
        <div class="actions"><button class="danger" type="submit">${words.removeApp(app.name)}</button></div>
      </form>
    </details>
  </li>`
}
