import type { ConfirmedBody, RegisteredPasskeyBody, TotpBody } from '../../routes/types.ts'
import { type AppEntry, appEntryFields, readAppEntry } from '../account/factors/app-entry.ts'
import { recoveryCodesView } from '../account/factors/recovery-codes-view.ts'
import { type ChallengeBody, challengeOutcome, passkeyOf } from '../challenge.ts'
import type { Outcome, Page, Visit } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Form } from '../requests/form.ts'
import { problemSummary, submit } from '../view/controls.ts'
import { html } from '../view/html.ts'
import { cardPage } from '../view/layout.ts'
import { passkeyForm } from '../view/passkey-form.ts'
import { destinationOf, withDestination } from './destination.ts'
import { endStep, readStep } from './login-step.ts'
import { divider } from './ways.ts'

const path = '/sign-in/set-up'

/** Sets up the second factor that a role requires, between the first one and the session: an app, or a passkey. */
export const setUpFactor: Page = {
  path,
  show: (visit) => (stepOf(visit) === '' ? { redirect: withDestination(visit, '/sign-in') } : renderStart(visit)),
  async submit(visit, form) {
    if (form.text('credential') !== '') return addPasskey(visit, form)
    const entry = readAppEntry(form)
    return entry === undefined ? beginApp(visit) : confirmApp(visit, entry, form)
  },
}

export const setUpChallenge: Page = {
  path: '/sign-in/set-up.js',
  async show(visit) {
    const body = { mfa_token: stepOf(visit) }
    return challengeOutcome(visit, await visit.ask<ChallengeBody>('POST', '/passkeys/options', body))
  },
}

/** The challenge that the first factor gave. */
function stepOf(visit: Visit): string {
  return readStep(visit)?.token ?? ''
}

async function addPasskey(visit: Visit, form: Form): Promise<Outcome> {
  const body = { mfa_token: stepOf(visit), ...passkeyOf(form) }
  const answer = await visit.ask<RegisteredPasskeyBody>('POST', '/passkeys', body)
  return answer.ok ? finish(visit, answer.body) : renderStart(visit, problemOf(answer, visit.messages))
}

async function beginApp(visit: Visit): Promise<Outcome> {
  const { messages } = visit
  const body = { mfa_token: stepOf(visit), name: messages.account.apps.defaultName }
  const answer = await visit.ask<TotpBody>('POST', '/mfa/totp', body)
  return answer.ok ? renderEntry(visit, answer.body) : renderStart(visit, problemOf(answer, messages))
}

async function confirmApp(visit: Visit, entry: AppEntry, form: Form): Promise<Outcome> {
  const body = { mfa_token: stepOf(visit), code: form.text('code') }
  const answer = await visit.ask<ConfirmedBody>('POST', `/mfa/totp/${entry.id}/confirm`, body)
  if (!answer.ok) {
    const problem = problemOf(answer, visit.messages, { mfa_code_invalid: 'code' })
    // Another code would not help if the challenge or the app is gone.
    const mustStartAgain = answer.code === 'mfa_token_invalid' || answer.code === 'factor_not_found'
    return mustStartAgain ? renderStart(visit, problem) : renderEntry(visit, entry, problem)
  }
  return finish(visit, answer.body)
}

/** The user is signed in by now. */
function finish(visit: Visit, { recovery_codes: codes }: Pick<ConfirmedBody, 'recovery_codes'>): Outcome {
  endStep(visit)
  return codes === undefined ? { redirect: destinationOf(visit) } : renderCodes(visit, codes)
}

function renderStart(visit: Visit, problem?: Problem): Outcome {
  const { messages } = visit
  const { required: words } = messages.account
  return {
    ...(problem && { status: problem.status }),
    html: cardPage(visit, {
      title: words.title,
      lead: words.lead,
      content: html`${problemSummary(problem)}
        <form method="post">${submit(words.begin)}</form>
        <div class="ways">${passkeyForm(visit, {
          action: withDestination(visit, path),
          challenge: visit.site.to('/sign-in/set-up.js'),
          kind: 'create',
          label: messages.account.passkeys.add,
          fields: divider(messages.signIn.or),
        })}</div>
        <div class="after"><p><a href="${withDestination(visit, '/sign-in')}">${messages.secondFactor.startAgain}</a></p></div>`,
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
