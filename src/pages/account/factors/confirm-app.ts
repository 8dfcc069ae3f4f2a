import type { ConfirmedBody } from '../../../routes/types.ts'
import { keepNotice } from '../../notice.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import type { Form } from '../../requests/form.ts'
import { submit } from '../../view/controls.ts'
import { html } from '../../view/html.ts'
import { formPage } from '../frames/form-page.ts'
import { type MemberVisit, memberPage } from '../frames/member-page.ts'
import {
  type AskedProof,
  askedProof,
  asksForProof,
  proofFields,
  proofProblem,
  prove,
  toConfirm,
  waysToProve,
} from '../proof.ts'
import { type AppEntry, appEntryFields, readAppEntry } from './app-entry.ts'
import { showRecoveryCodes } from './recovery-codes.ts'

const listPath = '/account/authenticator'
const addPath = '/account/authenticator/add'

/**
 * Takes the first code of an app. After a wrong code the same QR code is shown, because it may have been scanned
 * already.
 */
export const confirmApp: Page = memberPage({
  path: '/account/authenticator/confirm',
  nextOf: () => listPath,
  async submit(visit, form) {
    const { site, messages } = visit
    const entry = readAppEntry(form)
    if (entry === undefined) return { redirect: site.to(listPath) }
    // A user who had to install an app first may have taken longer than the first proof lasts.
    if (form.isChecked('asks_proof')) {
      const asked = askedProof(await waysToProve(visit))
      const proven = await prove(visit, form, asked)
      if (!proven.ok) return showAppEntry(visit, entry, { asked, problem: proofProblem(visit, proven), form })
    }
    const code = { code: form.text('code') }
    const answer = await visit.ask<ConfirmedBody>('POST', `/mfa/totp/${entry.id}/confirm`, code)
    if (answer.ok) {
      const { recovery_codes: codes } = answer.body
      return codes === undefined
        ? { redirect: site.to(listPath, keepNotice(visit, { done: 'added' })) }
        : showRecoveryCodes(visit, codes, messages.account.setUp.done)
    }
    const problem = problemOf(answer, messages, { mfa_code_invalid: 'code' })
    if (!asksForProof(answer)) return showAppEntry(visit, entry, { problem })
    const asked = askedProof(await waysToProve(visit))
    // Only a passkey or a new login can prove who the user is.
    if (!asked.asksPassword && !asked.asksCode) return toConfirm(visit, addPath)
    return showAppEntry(visit, entry, { asked, problem: { ...problem, fields: {} }, form })
  },
})

interface Shown {
  readonly problem?: Problem
  readonly asked?: AskedProof
  readonly form?: Form
}

export function showAppEntry(visit: MemberVisit, entry: AppEntry, { problem, asked, form }: Shown = {}): Outcome {
  const { setUp: words } = visit.messages.account
  return formPage(visit, {
    title: words.title,
    problem,
    action: '/account/authenticator/confirm',
    fields: html`${appEntryFields(visit, entry, { problem, code: form?.text('code') })}
        ${asked && html`<input type="hidden" name="asks_proof" value="yes">${proofFields(visit, asked, problem)}`}`,
    button: submit(words.submit),
    cancelTo: listPath,
  })
}
