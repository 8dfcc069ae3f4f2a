import { optionInvalid, TokenError } from '../errors.ts'
import { listOf, pick } from '../token/json-value.ts'
import { fetchAfter } from '../token/remote/missing-keys.ts'
import { firstAccepted } from './cookies/first-accepted.ts'
import type { JwtManager } from './jwt-manager.ts'
import { type MaybePromise, whenDone, whenFailed, withDeadline } from './maybe-promise.ts'
import { checkGuardOptions } from './options/check-guard-options.ts'
import type { Authenticated, Guard, GuardOptions, Step } from './options/guard-options.ts'
import type { JwtManagerCallbacks } from './options/options.ts'
import { permissionSteps } from './permissions.ts'
import { type LocatedToken, type Locator, makeLocator } from './request/locate.ts'
import type { RequestView } from './request/request-view.ts'
import type { TokenIdentity } from './tokens/jwt-claims.ts'
import type { TokenExpectations } from './tokens/read-token.ts'

/**
 * Prepares the guard of one route, for adapters.
 *
 * It finds and verifies the token, then checks revocation, the application's own rules, the user and the permissions, in
 * this order. Nothing is awaited unless a callback returns a promise or a body is read. `OPTIONS` requests pass as anonymous,
 * because browsers send CORS preflights without credentials.
 * @throws {ConfigurationError} `option_invalid`
 */
export function createGuard<User, Identity, VerifySub extends boolean>(
  manager: JwtManager<User, Identity, VerifySub>,
  options: GuardOptions = {},
): Guard<User, TokenIdentity<VerifySub>> {
  // What the identity is, is for callers and callbacks to know: nothing here looks at it.
  const jwt = manager as unknown as JwtManager<User, never, true>
  const { settings, callbacks } = jwt
  checkGuardOptions(options)
  const expectations: TokenExpectations = pick(options, ['refresh', 'fresh', 'verifyType'])
  const locations = listOf(options.locations ?? settings.tokenLocation)
  if (locations.includes('cookies') && settings.cookieCsrfProtect && !settings.writesCsrfClaim) {
    throw optionInvalid("To read cookies, add 'cookies' to tokenLocation")
  }
  const locate = makeLocator(settings, expectations.refresh ? 'refresh' : 'access', locations)
  const how = Object.freeze({ strict: options.revocation === 'strict' })
  if (how.strict && callbacks.isRevoked === undefined) {
    throw optionInvalid("revocation: 'strict' requires a manager with isRevoked")
  }
  const steps = [
    ...(options.skipRevocationCheck ? [] : revocationStep(callbacks, settings.revocationTimeoutSeconds, how)),
    ...verificationStep(callbacks),
    ...userStep(callbacks),
    ...permissionSteps<User>(options, settings),
  ]

  function ask({ token, location, csrf }: LocatedToken): MaybePromise<Authenticated<User>> {
    const asked = csrf === undefined ? expectations : { ...expectations, csrfValue: csrf }
    const { identity, claims, header } = jwt.verify(token, asked)
    let result: MaybePromise<Authenticated<User>> = { identity, claims, header, location }
    for (const step of steps) result = whenDone(result, step)
    return result
  }

  function check(located: LocatedToken | undefined): MaybePromise<Authenticated<User>> | undefined {
    if (located === undefined) return undefined
    return whenFailed(
      () => firstAccepted(located, ask, 'waits'),
      (refusal) => askAgain(located, refusal),
    )
  }

  /** Waits once a request, for whatever its tokens are missing: a slow issuer would hold it once for each cookie. */
  function askAgain(located: LocatedToken, refusal: unknown): MaybePromise<Authenticated<User>> {
    const fetched = fetchAfter(refusal)
    if (fetched === undefined) throw refusal
    return fetched.catch(() => {}).then(() => firstAccepted(located, ask))
  }

  const search = options.optional ? forgiving(locate) : locate

  function guard(request: RequestView): MaybePromise<Authenticated<User> | undefined> {
    if (request.method === 'OPTIONS') return undefined
    return whenFailed(() => whenDone(search(request), check), fail)
  }
  return guard as unknown as Guard<User, TokenIdentity<VerifySub>>
}

/** Frameworks continue if no error, or one of a few words, is passed on: whatever a callback throws must be an error. */
function fail(reason: unknown): never {
  throw reason instanceof Error ? reason : new Error('A callback of the guard failed', { cause: reason })
}

/** Finds nothing where no token is, and fails as before for any other reason. */
function forgiving(locate: Locator): (request: RequestView) => MaybePromise<LocatedToken | undefined> {
  function forgive(error: unknown): undefined {
    if (!(error instanceof TokenError && error.code === 'token_missing')) throw error
  }
  return function search(request) {
    return whenFailed(() => locate(request), forgive)
  }
}

function revocationStep<User>(
  { isRevoked }: JwtManagerCallbacks<User, never>,
  timeoutSeconds: number,
  how: { readonly strict: boolean },
): Step<User>[] {
  if (isRevoked === undefined) return []
  const unknown = (cause: unknown) => {
    throw new TokenError('revocation_unknown', 'Could not check whether the token is revoked', { cause })
  }
  return [
    function askRevocation(authenticated) {
      const { claims, header } = authenticated
      const decide = (answer: unknown) => {
        if (answer === true) throw new TokenError('token_revoked', 'Token has been revoked').about(authenticated)
        return answer === false ? authenticated : unknown(new TypeError('isRevoked must return true or false'))
      }
      const asked = whenFailed(() => withDeadline(isRevoked(claims, header, how), timeoutSeconds), unknown)
      return whenDone(asked, decide)
    },
  ]
}

function verificationStep<User>({ verifyClaims }: JwtManagerCallbacks<User, never>): Step<User>[] {
  if (verifyClaims === undefined) return []
  return [
    function askVerification(authenticated) {
      return whenDone(verifyClaims(authenticated.claims, authenticated.header), (answer) => {
        if (answer === true) return authenticated
        throw new TokenError('claims_refused', 'User claims verification failed').about(authenticated)
      })
    },
  ]
}

function userStep<User>({ loadUser }: JwtManagerCallbacks<User, never>): Step<User>[] {
  if (loadUser === undefined) return []
  return [
    function askUser(authenticated) {
      return whenDone(loadUser(authenticated.claims, authenticated.header), (user) => {
        if (user !== null && user !== undefined) return { ...authenticated, user }
        throw new TokenError('user_not_found', `Error loading the user ${asText(authenticated.identity)}`).about(
          authenticated,
        )
      })
    },
  ]
}

/** With `verifySub: false` an identity may be anything, an object that turns into no text included. */
function asText(identity: unknown): string {
  return typeof identity === 'string' || typeof identity === 'number' ? `${identity}` : `of type ${typeof identity}`
}
