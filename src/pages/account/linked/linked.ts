import type { IdentitiesBody } from '../../../routes/types.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import { addressOf, providerIn, providerProblem } from '../../sign-in/provider.ts'
import { doneNotice, doneText, hidden, problemSummary } from '../../view/controls.ts'
import { type Html, html } from '../../view/html.ts'
import { accountPage } from '../../view/layout.ts'
import { providerMark } from '../../view/provider-marks.ts'
import { readId } from '../form-id.ts'
import { formOwner, type MemberVisit, memberPage, unavailable } from '../member-page.ts'
import { asksForProof, toConfirm } from '../proof.ts'
import { identityRow } from './identity-row.ts'
import { leave, type Provider, providersOf } from './providers.ts'

const path = '/account/linked'

/** The accounts with other providers that sign in to this one. */
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
    const return_to = addressOf(visit, visit.site.to(path, { done: 'linked' }))
    const answer = await visit.ask<{ readonly redirect_to: string }>('POST', `/identities/${name}`, {
      return_to,
    })
    if (answer.ok) return leave(visit, name, answer.body.redirect_to)
    return asksForProof(answer) ? toConfirm(visit, path) : render(visit, problemOf(answer, visit.messages))
  },
})

export const unlinkAccount: Page = memberPage({
  path: '/account/linked/remove',
  nextOf: () => path,
  async submit(visit, form) {
    const answer = await visit.ask('DELETE', `/identities/${readId(form)}`)
    if (answer.ok) return { redirect: visit.site.to(path, { done: 'removed' }) }
    return asksForProof(answer) ? toConfirm(visit, path) : render(visit, problemOf(answer, visit.messages))
  },
})

async function render(visit: MemberVisit, problem?: Problem): Promise<Outcome> {
  const { linked: words } = visit.messages.account
  const listed = await visit.ask<IdentitiesBody>('GET', '/identities')
  if (!listed.ok) return unavailable(visit, listed)
  const { identities } = listed.body
  const providers = await providersOf(visit)
  const rows = identities.map((identity) =>
    identityRow(
      visit,
      identity,
      providers.find(({ name }) => name === identity.provider),
    ),
  )
  return {
    ...(problem && { status: problem.status }),
    html: accountPage(visit, {
      title: words.title,
      lead: words.lead,
      username: visit.me.username,
      kind: 'list',
      content: html`${problemSummary(problem) || doneNotice(doneText(visit, words.done))}
        ${
          rows.length === 0
            ? html`<div class="panel"><div class="inner"><p class="dim">${words.none}</p></div></div>`
            : html`<div class="panel"><ul class="rows">${rows}</ul></div>`
        }
        <div class="actions">${providers.map((provider) => linkForm(visit, provider))}</div>`,
    }),
  }
}

function linkForm(visit: MemberVisit, { name, title, preset }: Provider): Html {
  return html`<form method="post" action="${visit.site.to('/account/linked/link')}">${formOwner(visit)}${hidden('provider', name)}
    <button type="submit">${providerMark(preset)}${visit.messages.account.linked.link(title)}</button>
  </form>`
}
