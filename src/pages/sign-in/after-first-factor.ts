import type { Answer } from '../ask.ts'
import type { Outcome, Visit } from '../page.ts'
import { destinationOf, withDestination } from './destination.ts'

/** As long as a challenge. */
const stepSeconds = 10 * 60

/**
 * Where a person goes whose password or mailed link was right: to the destination, to the second factor, or to setting one up.
 * @returns `undefined` where it was not right.
 */
export function afterFirstFactor(visit: Visit, answer: Answer<unknown>): Outcome | undefined {
  if (answer.ok) return { redirect: destinationOf(visit) }
  const token = answer.body.mfa_token
  if (typeof token !== 'string') return undefined
  visit.setCookie('login_step', token, stepSeconds)
  const path = answer.code === 'mfa_required' ? '/sign-in/code' : '/sign-in/set-up'
  return { redirect: withDestination(visit, path) }
}
