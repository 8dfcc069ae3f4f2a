import { RequestError } from '../../errors.ts'
import type { FactorsBody, PasskeysBody } from '../../routes/types.ts'
import type { Outcome, Visit } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Answer, Refusal } from '../requests/ask.ts'
import type { Form } from '../requests/form.ts'
import { field } from '../view/controls.ts'
import { type Html, html } from '../view/html.ts'
import type { MemberVisit } from './frames/member-page.ts'

/** The routes accept a change for five minutes after an authentication. Two of them are for filling in the form. */
const recentSeconds = 3 * 60

/** Whether what this browser has proven will last until a form is filled in. The routes decide when it is sent. */
export function isProven({ proof, now }: Visit, { hasFactor }: { readonly hasFactor: boolean }): boolean {
  const proven = proof()
  if (proven === undefined || (hasFactor && !proven.hasSecondFactor)) return false
  return now().getTime() - proven.at.getTime() <= recentSeconds * 1000
}

/** Whether a refusal asks for another authentication. */
export function asksForProof({ code }: Refusal): boolean {
  return code === 'token_not_fresh' || code === 'insufficient_user_authentication'
}

/** Leads to the page that authenticates the user again, and from there back to the page that needs it. */
export function toConfirm({ site }: Visit, next: string): Outcome {
  return { redirect: site.to('/account/confirm', { next }) }
}

/** What a user can prove the account with. */
export interface WaysToProve {
  readonly hasPassword: boolean
  readonly hasApp: boolean
  readonly hasPasskey: boolean
  /** Whether one of the passkeys proves the user alone. */
  readonly isPasskeyEnough: boolean
  readonly hasRecoveryCode: boolean
  /**
   * Whether the account has a second factor. If so, the password is not asked for alone: a session that proves only the
   * password loses what it had proven with the factor.
   */
  readonly hasFactor: boolean
}

/**
 * If the routes do not answer, this throws: a missing answer must not count as an account without factors.
 * @throws {RequestError} `unavailable`
 */
export async function waysToProve(visit: MemberVisit): Promise<WaysToProve> {
  const [factors, listed] = [
    await visit.ask<FactorsBody>('GET', '/mfa'),
    await visit.ask<PasskeysBody>('GET', '/passkeys'),
  ]
  const code = !factors.ok ? factors.code : !listed.ok ? listed.code : undefined
  if (!factors.ok || !listed.ok) {
    throw new RequestError('unavailable', `The second factors cannot be listed: ${code}`)
  }
  const hasApp = factors.body.totp.length > 0
  const { passkeys } = listed.body
  const hasPasskey = passkeys.length > 0
  return {
    hasPassword: visit.me.has_password,
    hasApp,
    hasPasskey,
    isPasskeyEnough: passkeys.some(({ verifies_user }) => verifies_user),
    hasRecoveryCode: factors.body.recovery_codes_left > 0,
    hasFactor: hasApp || hasPasskey,
  }
}

/** @throws {RequestError} `unavailable` */
export async function hasFactor(visit: MemberVisit): Promise<boolean> {
  return (await waysToProve(visit)).hasFactor
}

/** What a form asks for to authenticate once more. */
export interface AskedProof {
  readonly asksPassword: boolean
  readonly asksCode: boolean
  /** Without an app, the code is a recovery code. */
  readonly hasApp: boolean
}

/** Asks for nothing if a passkey is the only proof of the second factor: the password alone would not be enough. */
export function askedProof({ hasPassword, hasApp, hasRecoveryCode, hasFactor }: WaysToProve): AskedProof {
  const asksCode = hasApp || (hasFactor && hasRecoveryCode)
  return { asksPassword: hasPassword && (asksCode || !hasFactor), asksCode, hasApp }
}

export function proofFields(
  visit: MemberVisit,
  { asksPassword, asksCode, hasApp }: AskedProof,
  problem?: Problem,
): Html {
  const { confirm: words } = visit.messages.account
  return html`${asksPassword ? namedPassword(visit, problem) : ''}${
    asksCode
      ? field(visit, {
          name: 'proof',
          label: hasApp ? words.code : visit.messages.secondFactor.labelRecovery,
          hint: hasApp ? words.codeHint : undefined,
          autocomplete: 'one-time-code',
          problem,
          ...(!asksPassword && { isFirst: true }),
        })
      : ''
  }`
}

export function namedPassword(visit: MemberVisit, problem: Problem | undefined): Html {
  return html`${usernameForManagers(visit)}${field(visit, {
    name: 'password',
    label: visit.messages.common.password,
    type: 'password',
    autocomplete: 'current-password',
    isFirst: true,
    problem,
  })}`
}

/** Password managers look for the name that a password belongs to. */
export function usernameForManagers({ me }: MemberVisit): Html {
  return html`<input type="text" name="username" value="${me.username}" autocomplete="username" readonly hidden>`
}

/**
 * Authenticates once more with what such fields contain. A code of six digits is an app's, any other is a recovery
 * code.
 */
export function prove({ ask }: Visit, form: Form, asked: AskedProof): Promise<Answer<unknown>> {
  const { asksPassword, asksCode } = asked
  const code = form.text('proof').trim()
  const method = /^(?:\s*[0-9]){6}$/.test(code) ? 'totp' : 'recovery_code'
  return ask('POST', '/reauthenticate', {
    ...(asksPassword && { password: form.text('password') }),
    ...(asksCode && { method, code }),
  })
}

/** What is wrong with such fields. */
export function proofProblem(visit: Visit, refusal: Refusal): Problem {
  return problemOf(ofPassword(refusal), visit.messages, { password_wrong: 'password', mfa_code_invalid: 'proof' })
}

/** If the account is known, only the password can be wrong. */
export function ofPassword(refusal: Refusal): Refusal {
  return refusal.code === 'invalid_credentials' ? { ...refusal, code: 'password_wrong' } : refusal
}
