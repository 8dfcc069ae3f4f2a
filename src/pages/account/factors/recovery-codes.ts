import type { FactorsBody, RecoveryCodesBody } from '../../../routes/types.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import { doneNotice, submit } from '../../view/controls.ts'
import { html } from '../../view/html.ts'
import { formPage, panelPage } from '../frames/form-page.ts'
import { type MemberVisit, memberPage, unavailable } from '../frames/member-page.ts'
import { asksForProof, hasFactor, isProven, toConfirm } from '../proof.ts'
import { recoveryCodesView } from './recovery-codes-view.ts'

const path = '/account/recovery-codes'

export const recoveryCodes: Page = memberPage({
  path,
  show: (visit) => render(visit),
  async submit(visit) {
    const answer = await visit.ask<RecoveryCodesBody>('POST', '/mfa/recovery_codes')
    if (answer.ok) return showRecoveryCodes(visit, answer.body.recovery_codes)
    return asksForProof(answer) ? toConfirm(visit, path) : render(visit, problemOf(answer, visit.messages))
  },
})

/** Shown in the answer to the form that made them, because they are stored nowhere. */
export function showRecoveryCodes(visit: MemberVisit, codes: readonly string[], done?: string): Outcome {
  const { recoveryCodes: words } = visit.messages.account
  return panelPage(visit, {
    title: words.shownTitle,
    lead: words.shownLead,
    content: html`${doneNotice(done)}${recoveryCodesView(visit, codes, { to: visit.site.to('/account') })}`,
  })
}

async function render(visit: MemberVisit, problem?: Problem): Promise<Outcome> {
  const { site, messages } = visit
  const { recoveryCodes: words } = messages.account
  const factors = await visit.ask<FactorsBody>('GET', '/mfa')
  if (!factors.ok) return unavailable(visit, factors)
  const { recovery_codes_left: left } = factors.body
  if (!(await hasFactor(visit))) return { redirect: site.to('/account/authenticator') }
  if (problem === undefined && !isProven(visit, { hasFactor: true })) return toConfirm(visit, path)
  return formPage(visit, {
    title: words.title,
    lead: words.lead(left),
    problem,
    fields: html`<p>${words.text}</p>`,
    button: submit(words.submit),
  })
}
