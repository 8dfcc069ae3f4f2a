import type { ConfirmedBody, TotpBody } from '../../routes/types.ts'
import { type AppEntry, appEntryFields, readAppEntry } from '../account/factors/app-entry.ts'
import { recoveryCodesView } from '../account/factors/recovery-codes-view.ts'
import type { Outcome, Page, Visit } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Form } from '../requests/form.ts'
import { problemSummary, submit } from '../view/controls.ts'
import { html } from '../view/html.ts'
import { cardPage } from '../view/layout.ts'
import { destinationOf, withDestination } from './destination.ts'
import { endStep, readStep } from './login-step.ts'

/** Sets up the second factor that a role requires, between the password and the session. */
export const setUpFactor: Page = {
  path: '/sign-in/set-up',
  show: (visit) => (stepOf(visit) === '' ? { redirect: withDestination(visit, '/sign-in') } : renderStart(visit)),
  async submit(visit, form) {
    const entry = readAppEntry(form)
    return entry === undefined ? begin(visit) : confirm(visit, entry, form)
  },
}

/** The challenge that the password gave. */
function stepOf(visit: Visit): string {
  return readStep(visit)?.token ?? ''
}

async function begin(visit: Visit): Promise<Outcome> {
  const { messages } = visit
  const body = { mfa_token: stepOf(visit), name: messages.account.apps.defaultName }
  const answer = await visit.ask<TotpBody>('POST', '/mfa/totp', body)
  return answer.ok ? renderEntry(visit, answer.body) : renderStart(visit, problemOf(answer, messages))
}

async function confirm(visit: Visit, entry: AppEntry, form: Form): Promise<Outcome> {
  const body = { mfa_token: stepOf(visit), code: form.text('code') }
  const answer = await visit.ask<ConfirmedBody>('POST', `/mfa/totp/${entry.id}/confirm`, body)
  if (!answer.ok) {
    const problem = problemOf(answer, visit.messages, { mfa_code_invalid: 'code' })
    // Another code would not help where the challenge or the app is gone.
    const isOver = answer.code === 'mfa_token_invalid' || answer.code === 'factor_not_found'
    return isOver ? renderStart(visit, problem) : renderEntry(visit, entry, problem)
  }
  endStep(visit)
  const { recovery_codes: codes } = answer.body
  return codes === undefined ? { redirect: destinationOf(visit) } : renderCodes(visit, codes)
}

function renderStart(visit: Visit, problem?: Problem): Outcome {
  const { required: words } = visit.messages.account
  return {
    ...(problem && { status: problem.status }),
    html: cardPage(visit, {
      title: words.title,
      lead: words.lead,
      content: html`${problemSummary(problem)}
        <form method="post">${submit(words.begin)}</form>
        <div class="after"><p><a href="${withDestination(visit, '/sign-in')}">${visit.messages.secondFactor.startAgain}</a></p></div>`,
    }),
  }
}

function renderEntry(visit: Visit, entry: AppEntry, problem?: Problem): Outcome {
  const { required: words } = visit.messages.account
  return {
    ...(problem && { status: problem.status }),
    html: cardPage(visit, {
      title: words.title,
      content: html`${problemSummary(problem)}
        <form method="post">${appEntryFields(visit, entry, { problem })}${submit(visit.messages.account.setUp.submit)}</form>
        <div class="after"><p><a href="${withDestination(visit, '/sign-in')}">${visit.messages.secondFactor.startAgain}</a></p></div>`,
    }),
  }
}

/** The user is signed in by now. */
function renderCodes(visit: Visit, codes: readonly string[]): Outcome {
  const { recoveryCodes: words } = visit.messages.account
  return {
    html: cardPage(visit, {
      title: words.shownTitle,
      lead: words.shownLead,
      content: html`<div class="stack">${recoveryCodesView(visit, codes, { to: destinationOf(visit) })}</div>`,
    }),
  }
}
