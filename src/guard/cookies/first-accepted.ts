import { TokenError } from '../../errors.ts'
import { fetchAfter, withFetch } from '../../token/remote/missing-keys.ts'
import { type MaybePromise, whenDone, whenFailed } from '../maybe-promise.ts'
import type { LocatedToken } from '../request/locate.ts'

/**
 * Checks the token of a request, and where that is refused, further cookies of its name. After a change of `cookieDomain` a
 * browser sends the cookie of before as well, often first, and nothing can remove it: it would lock its user out.
 *
 * Each is checked with the same double-submit value, so none is accepted by that of another.
 * @returns What the check says of the first that it accepts. If it accepts none, it throws why: that one has ended, which
 *   clients answer by refreshing; that one could not be checked, which comes before; or else what is wrong with the first.
 *   With it come the fetches of all of them.
 * @param how `waits` where the caller asks again after those fetches. Then no later token decides while the key of an earlier one
 *   is being fetched: during a rotation, the second cookie may be another user's.
 */
export function firstAccepted<Accepted>(
  located: LocatedToken,
  check: (located: LocatedToken) => MaybePromise<Accepted>,
  how?: 'waits',
): MaybePromise<Accepted> {
  if (located.others === undefined) return check(located)
  const tokens = [located.token, ...located.others]
  const fetches: Promise<unknown>[] = []

  function tryFrom(at: number, refusal?: TokenError): MaybePromise<Accepted> {
    const token = tokens[at]
    if (token === undefined)
      throw refusal && withFetch(refusal, fetches.length > 0 ? Promise.allSettled(fetches) : undefined)
    const mustWait = how === 'waits' && fetches.length > 0
    const goOn = (error: unknown) => {
      if (!(error instanceof TokenError) || (ofRoute.test(error.code) && !mustWait)) throw error
      const fetched = fetchAfter(error)
      if (fetched !== undefined) fetches.push(fetched)
      return tryFrom(at + 1, refusal && rankOf(error) <= rankOf(refusal) ? refusal : error)
    }
    const accept = (accepted: Accepted) => {
      if (mustWait) throw refusal
      return accepted
    }
    return whenFailed(() => whenDone(check({ ...located, token }), accept), goOn)
  }
  return tryFrom(0)
}

/** The token is accepted, and what the route asks for is missing: another cookie may be another user's. */
const ofRoute = /^(?:token_not_fresh$|insufficient_)/

/** A client whose token is refused logs out, or refreshes: not because of a check that could not be made. */
function rankOf({ code }: TokenError): number {
  return ['token_expired', 'revocation_unknown', 'keys_unavailable'].indexOf(code)
}
