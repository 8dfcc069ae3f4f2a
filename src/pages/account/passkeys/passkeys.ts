import type { FactorsBody, PasskeysBody } from '../../../routes/types.ts'
import type { Outcome, Page } from '../../page.ts'
import type { Problem } from '../../problem.ts'
import { html } from '../../view/html.ts'
import { readId } from '../frames/form-id.ts'
import { listForms, listPage } from '../frames/list-page.ts'
import { type MemberVisit, memberPage, unavailable } from '../frames/member-page.ts'
import { passkeyRow } from './passkey-row.ts'

const path = '/account/passkeys'
const addPath = '/account/passkeys/add'
const listForm = listForms(path, render)

/** The passkeys of the account. */
export const passkeys: Page = memberPage({ path, show: (visit) => render(visit) })

export const renamePasskey: Page = listForm({
  path: '/account/passkeys/rename',
  send: ({ ask }, form) => ask('PATCH', `/passkeys/${readId(form)}`, { name: form.text('name') }),
  done: 'renamed',
  renderRefused: (visit, problem, form) => render(visit, problem, { id: readId(form), name: form.text('name') }),
})

export const removePasskey: Page = listForm({
  path: '/account/passkeys/remove',
  send: ({ ask }, form) => ask('DELETE', `/passkeys/${readId(form)}`),
  done: 'removed',
})

async function render(
  visit: MemberVisit,
  problem?: Problem,
  refused?: { readonly id: string; readonly name: string },
): Promise<Outcome> {
  const { site, messages } = visit
  const { passkeys: words } = messages.account
  const listed = await visit.ask<PasskeysBody>('GET', '/passkeys')
  if (!listed.ok) return unavailable(visit, listed)
  const factors = await visit.ask<FactorsBody>('GET', '/mfa')
  if (!factors.ok) return unavailable(visit, factors)
  const { passkeys: found } = listed.body
  const isLastFactor = found.length === 1 && factors.body.totp.length === 0
  return listPage(visit, {
    words,
    // Above all rows, because the one that was refused may be out of sight.
    problem: problem && { ...problem, fields: {}, summary: Object.values(problem.fields)[0] ?? problem.summary },
    rows: found.map((passkey) => {
      const refusedName = passkey.id === refused?.id ? refused.name : undefined
      return passkeyRow(visit, passkey, { isLastFactor, refusedName })
    }),
    none: html`<p>${words.none}</p>
      <div class="actions"><a class="button primary" href="${site.to(addPath)}">${words.add}</a></div>`,
    actions:
      found.length === 0
        ? ''
        : html`<div class="actions"><a class="button" href="${site.to(addPath)}">${words.add}</a></div>`,
  })
}
