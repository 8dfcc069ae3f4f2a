import type { FactorBody, FactorsBody, PasskeysBody } from '../../../routes/types.ts'
import type { Outcome, Page } from '../../page.ts'
import type { Problem } from '../../problem.ts'
import { hidden, submit } from '../../view/controls.ts'
import { type Html, html, when } from '../../view/html.ts'
import { icons } from '../../view/icons.ts'
import { askRow } from '../../view/rows.ts'
import { readId } from '../frames/form-id.ts'
import { listForms, listPage } from '../frames/list-page.ts'
import { formOwner, type MemberVisit, memberPage, unavailable } from '../frames/member-page.ts'
import { dateOf, timeAgo } from '../times.ts'

const path = '/account/authenticator'
const addPath = '/account/authenticator/add'
const listForm = listForms(path, render)

/** The authenticator apps of the account. */
export const apps: Page = memberPage({ path, show: (visit) => render(visit) })

export const removeApp: Page = listForm({
  path: '/account/authenticator/remove',
  send: ({ ask }, form) => ask('DELETE', `/mfa/totp/${readId(form)}`),
  done: 'removed',
})

async function render(visit: MemberVisit, problem?: Problem): Promise<Outcome> {
  const { site, messages } = visit
  const { apps: words } = messages.account
  const factors = await visit.ask<FactorsBody>('GET', '/mfa')
  if (!factors.ok) return unavailable(visit, factors)
  const listed = await visit.ask<PasskeysBody>('GET', '/passkeys')
  if (!listed.ok) return unavailable(visit, listed)
  const { totp } = factors.body
  const isLastFactor = totp.length === 1 && listed.body.passkeys.length === 0
  return listPage(visit, {
    words,
    problem,
    rows: totp.map((app) => appRow(visit, app, isLastFactor)),
    none: firstApp(visit),
    actions:
      totp.length === 0
        ? ''
        : html`<div class="actions"><a class="button" href="${site.to(addPath)}">${words.addAnother}</a></div>`,
  })
}

/** A single app needs no name. */
function firstApp(visit: MemberVisit): Html {
  const { site, messages } = visit
  const { apps: words } = messages.account
  return html`<p>${words.addLead}</p>
    <form method="post" action="${site.to(addPath)}">${formOwner(visit)}<div class="actions">${submit(words.setUp)}</div></form>`
}

function appRow(
  visit: MemberVisit,
  { id, name, created_at: added, last_used_at: used }: FactorBody,
  isLastFactor: boolean,
): Html {
  const { site, messages } = visit
  const { apps: words } = messages.account
  return askRow({
    icon: icons.phone,
    text: html`<strong>${name}</strong>
      <p>${words.added} ${dateOf(visit, added)}${when(used, (at) => html` · ${words.lastUsed} ${timeAgo(visit, at)}`)}</p>`,
    label: words.remove,
    name,
    forms: html`<form method="post" action="${site.to('/account/authenticator/remove')}">${formOwner(visit)}${hidden('id', id)}
      <p>${isLastFactor ? words.removeLast : words.removeText}</p>
      <div class="actions"><button class="danger" type="submit">${words.removeApp(name)}</button></div>
    </form>`,
  })
}
