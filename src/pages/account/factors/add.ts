import type { TotpBody } from '../../../routes/types.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import type { Form } from '../../requests/form.ts'
import { field, submit } from '../../view/controls.ts'
import { formPage } from '../frames/form-page.ts'
import { type MemberVisit, memberPage } from '../frames/member-page.ts'
import { asksForProof, hasFactor, isProven, toConfirm } from '../proof.ts'
import { showAppEntry } from './confirm-app.ts'

const path = '/account/authenticator/add'

/** Begins to set up an authenticator app. */
export const addApp: Page = memberPage({
  path,
  async show(visit) {
    return isProven(visit, { hasFactor: await hasFactor(visit) }) ? render(visit) : toConfirm(visit, path)
  },
  async submit(visit, form) {
    const name = form.text('name').trim() || visit.messages.account.apps.defaultName
    const answer = await visit.ask<TotpBody>('POST', '/mfa/totp', { name })
    // Not a redirect: the address of a page must not contain the secret.
    if (answer.ok) return showAppEntry(visit, answer.body)
    if (asksForProof(answer)) return toConfirm(visit, path)
    return render(visit, { form, problem: problemOf(answer, visit.messages) })
  },
})

function render(visit: MemberVisit, sent: { readonly form?: Form; readonly problem?: Problem } = {}): Outcome {
  const { apps: words } = visit.messages.account
  const { form, problem } = sent
  return formPage(visit, {
    title: words.addTitle,
    lead: words.addLead,
    problem,
    fields: field(visit, {
      name: 'name',
      label: words.name,
      hint: words.nameHint,
      autocomplete: 'off',
      value: form?.text('name'),
      isOptional: true,
      problem,
    }),
    button: submit(visit.messages.common.continue),
    cancelTo: '/account/authenticator',
  })
}
