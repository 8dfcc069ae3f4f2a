import { carriedSeconds } from '../../../routes/sessions/cookies/carried-cookie.ts'
import type { IdentitiesBody } from '../../../routes/types.ts'
import { keepNotice } from '../../notice.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import { addressOf, providerIn, providerProblem } from '../../sign-in/provider.ts'
import { hidden } from '../../view/controls.ts'
import { type Html, html } from '../../view/html.ts'
import { providerMark } from '../../view/provider-marks.ts'
import { readId } from '../frames/form-id.ts'
import { listForms, listPage } from '../frames/list-page.ts'
import { formOwner, type MemberVisit, memberPage, unavailable } from '../frames/member-page.ts'
import { asksForProof, toConfirm } from '../proof.ts'
import { identityRow } from './identity-row.ts'
import { leave, type Provider, providersOf } from './providers.ts'

const path = '/account/linked'
const listForm = listForms(path, render)

/** The accounts at other providers that sign in to this one. */
export const linkedAccounts: Page = memberPage({
  path,
  show(visit) {
    const text = providerProblem(visit)
    return render(visit, text === undefined ? undefined : { summary: text, fields: {}, status: 200 })
  },
})

export const linkAccount: Page = memberPage({
  path: '/account/linked/link',
  nextOf: () => path,
  async submit(visit, form) {
    const name = providerIn(form.text('provider'))
    const return_to = addressOf(visit, visit.site.to(path, keepNotice(visit, { done: 'linked' }, carriedSeconds)))
    const answer = await visit.ask<{ readonly redirect_to: string }>('POST', `/identities/${name}`, {
      return_to,
    })
    if (answer.ok) return leave(visit, name, answer.body.redirect_to)
    return asksForProof(answer) ? toConfirm(visit, path) : render(visit, problemOf(answer, visit.messages))
  },
})

export const unlinkAccount: Page = listForm({
  path: '/account/linked/remove',
  send: ({ ask }, form) => ask('DELETE', `/identities/${readId(form)}`),
  done: 'removed',
})

async function render(visit: MemberVisit, problem?: Problem): Promise<Outcome> {
  const { linked: words } = visit.messages.account
  const listed = await visit.ask<IdentitiesBody>('GET', '/identities')
  if (!listed.ok) return unavailable(visit, listed)
  const { identities } = listed.body
  const providers = await providersOf(visit)
  return listPage(visit, {
    words,
    problem,
    rows: identities.map((identity) => {
      const provider = providers.find(({ name }) => name === identity.provider)
      return identityRow(visit, identity, provider)
    }),
    none: html`<p class="dim">${words.none}</p>`,
    actions: html`<div class="actions">${providers.map((provider) => linkForm(visit, provider))}</div>`,
  })
}

function linkForm(visit: MemberVisit, { name, title, preset }: Provider): Html {
  return html`<form method="post" action="${visit.site.to('/account/linked/link')}">${formOwner(visit)}${hidden('provider', name)}
    <button type="submit">${providerMark(preset)}${visit.messages.account.linked.link(title)}</button>
  </form>`
}
