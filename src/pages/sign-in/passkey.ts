import { type ChallengeBody, challengeOutcome, passkeyOf } from '../challenge.ts'
import type { Page } from '../page.ts'
import { problemOf } from '../problem.ts'
import type { Refusal } from '../requests/ask.ts'
import { afterFirstFactor } from './after-first-factor.ts'
import { renderSignIn } from './sign-in.ts'

/** A challenge to sign in with. Nothing is stored for it. */
export const passkeyChallenge: Page = {
  path: '/sign-in/passkey.js',
  show: async (visit) => challengeOutcome(visit, await visit.ask<ChallengeBody>('POST', '/login/passkey/options')),
}

export const signInWithPasskey: Page = {
  path: '/sign-in/passkey',
  show: (visit) => ({ redirect: visit.site.to('/sign-in') }),
  async submit(visit, form) {
    const answer = await visit.ask('POST', '/login/passkey', {
      ...passkeyOf(form),
      cookies: true,
      remember: form.isChecked('remember'),
    })
    const problem = answer.ok ? undefined : problemOf(ofSignIn(answer), visit.messages)
    return afterFirstFactor(visit, answer) ?? renderSignIn(visit, { form, ...(problem && { problem }) })
  },
}

/** On other pages the account is known, and the browser offers only its passkeys. */
function ofSignIn(refusal: Refusal): Refusal {
  return refusal.code === 'passkey_invalid' ? { ...refusal, code: 'passkey_refused' } : refusal
}
