import type { Outcome, Visit } from '../page.ts'
import type { Answer } from '../requests/ask.ts'
import { destinationOf, withDestination } from './destination.ts'
import { keepStep, type RefusedLogin } from './login-step.ts'

/**
 * Where a person goes after the first factor: to the destination, to the second factor, or to setting one up.
 * @returns `undefined` if the first factor was refused.
 */
export function afterFirstFactor(visit: Visit, answer: Answer<unknown>): Outcome | undefined {
  if (answer.ok) return { redirect: destinationOf(visit) }
  if (answer.body.mfa_token === undefined) return undefined
  keepStep(visit, answer.body as unknown as RefusedLogin)
  const path = answer.code === 'mfa_required' ? '/sign-in/code' : '/sign-in/set-up'
  return { redirect: withDestination(visit, path) }
}
