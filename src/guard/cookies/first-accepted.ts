import { TokenError } from '../../errors.ts'
import { fetchAfter, withFetch } from '../../token/remote/missing-keys.ts'
import { type MaybePromise, whenDone, whenFailed } from '../maybe-promise.ts'
import type { LocatedToken } from '../request/locate.ts'

/**
 * Checks the token of a request and, if it is rejected, further cookies with the same name. After a change of
 * `cookieDomain`, a browser also sends the former cookie, often first, and no response can remove it: it would lock its
 * user out.
 *
 * Each cookie is checked with the same double-submit value, so none is accepted by the value of another.
 * @returns The result for the first token that is accepted. If none is, one refusal is thrown: that of a token that
 *   could not be checked; otherwise that of an expired token, which clients answer by refreshing; otherwise that of the
 *   first token. It carries the fetches of all refusals.
 * @param how `waits` if the caller checks again after those fetches. While the key of one token is being fetched, no
 *   later token is then accepted: during a rotation, the second cookie may be another user's.
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

/** The token is valid, but does not meet the requirements of the route. Another cookie may be another user's. */
const ofRoute = /^(?:token_not_fresh$|insufficient_)/

/** A client whose token is rejected refreshes or logs out. A check that could not be made must not cause that. */
function rankOf({ code }: TokenError): number {
  return ['token_expired', 'revocation_unknown', 'keys_unavailable'].indexOf(code)
}
