import type { Outcome, Visit } from './page.ts'
import { problemOf } from './problem.ts'
import type { Answer } from './requests/ask.ts'
import type { Form } from './requests/form.ts'

/** What the routes answer to a browser that wants to use a passkey. */
export interface ChallengeBody {
  readonly options: unknown
  readonly challenge_token: string
}

/** A challenge for the script. If there is none, the page to go to first, or else the problem to show. */
export function challengeOutcome(visit: Visit, answer: Answer<ChallengeBody>, goTo?: string): Outcome {
  if (answer.ok) {
    const { options, challenge_token } = answer.body
    return { module: { options, challenge_token } }
  }
  return { module: goTo === undefined ? { problem: problemOf(answer, visit.messages).summary } : { go: goTo } }
}

/** What the script has put into a form. */
export function passkeyOf(form: Form): { readonly challenge_token: string; readonly credential: unknown } {
  return { challenge_token: form.text('challenge_token'), credential: readJson(form.text('credential')) }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The route rejects it.
    return null
  }
}
