import { asText, optionInvalid, TokenError } from '../errors.ts'
import { listOf, pick } from '../token/json-value.ts'
import { fetchAfter } from '../token/remote/missing-keys.ts'
import { requireObject } from '../token/require-object.ts'
import { firstAccepted } from './cookies/first-accepted.ts'
import type { JwtManager } from './jwt-manager.ts'
import { type MaybePromise, whenDone, withDeadline } from './maybe-promise.ts'
import { checkGuardOptions } from './options/check-guard-options.ts'
import type { Authenticated, Guard, GuardOptions, Step } from './options/guard-options.ts'
import type { JwtManagerCallbacks } from './options/options.ts'
import { permissionSteps } from './permissions.ts'
import { type LocatedToken, makeLocator } from './request/locate.ts'
import type { RequestView } from './request/request-view.ts'
import type { TokenIdentity } from './tokens/jwt-claims.ts'
import { expectationNames, type TokenExpectations } from './tokens/read-token.ts'

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
  // Only callers and callbacks know the type of the identity. Nothing here looks at it.
  const jwt = manager as unknown as JwtManager<User, never, true>
  requireObject('jwt.settings', Object(jwt).settings)
  const { settings, callbacks } = jwt
  checkGuardOptions(options)
  const expectations: TokenExpectations = pick(options, expectationNames)
  const locations = listOf(options.locations ?? settings.tokenLocation)
  if (locations.includes('cookies') && settings.cookieCsrfProtect && !settings.writesCsrfClaim) {
    throw optionInvalid("To read cookies, add 'cookies' to tokenLocation")
  }
  const kind = expectations.refresh ? 'refresh' : 'access'
  const locate = makeLocator(settings, kind, locations, options.optional ? () => undefined : undefined)
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

  // Written out, because a function for each step of each request would take a third of the guard's time.
  function ask({ token, location, csrf }: LocatedToken): MaybePromise<Authenticated<User>> {
    const asked = csrf === undefined ? expectations : { ...expectations, csrfValue: csrf }
    const { identity, claims, header } = jwt.verify(token, asked)
    let result: MaybePromise<Authenticated<User>> = { identity, claims, header, location }
    for (const step of steps) result = result instanceof Promise ? result.then(step) : step(result)
    return result
  }

  function check(located: LocatedToken | undefined): MaybePromise<Authenticated<User>> | undefined {
    if (located === undefined) return undefined
    try {
      const result = firstAccepted(located, ask, 'waits')
      return result instanceof Promise ? result.catch((refusal) => askAgain(located, refusal)) : result
    } catch (refusal) {
      return askAgain(located, refusal)
    }
  }

  /**
   * Waits once for all keys that the request's tokens lack. Otherwise, a slow issuer would delay it once per cookie.
   */
  function askAgain(located: LocatedToken, refusal: unknown): MaybePromise<Authenticated<User>> {
    const fetched = fetchAfter(refusal)
    if (fetched === undefined) throw refusal
    return fetched.catch(() => {}).then(() => firstAccepted(located, ask))
  }

  function guard(request: RequestView): MaybePromise<Authenticated<User> | undefined> {
    if (request.method === 'OPTIONS') return undefined
    try {
      const located = locate(request)
      const result = located instanceof Promise ? located.then(check) : check(located)
      return result instanceof Promise ? result.catch(fail) : result
    } catch (error) {
      fail(error)
    }
  }
  return guard as unknown as Guard<User, TokenIdentity<VerifySub>>
}

/**
 * Frameworks continue the request if they are passed no error, or one of a few strings. So whatever a callback or
 * the request throws becomes an `Error`.
 */
function fail(reason: unknown): never {
  throw reason instanceof Error ? reason : new Error('The guard failed', { cause: reason })
}

function revocationStep<User>(
  { isRevoked }: JwtManagerCallbacks<User, never>,
  timeoutSeconds: number,
  how: { readonly strict: boolean },
): Step<User>[] {
  if (isRevoked === undefined) return []
  function decide(authenticated: Authenticated<User>, answer: unknown): Authenticated<User> {
    if (answer === true) throw new TokenError('token_revoked', 'Token has been revoked').about(authenticated)
    return answer === false ? authenticated : unknown(new TypeError('isRevoked must return true or false'))
  }
  return [
    function askRevocation(authenticated) {
      let answer: MaybePromise<unknown>
      try {
        answer = withDeadline(isRevoked(authenticated.claims, authenticated.header, how), timeoutSeconds)
      } catch (error) {
        return unknown(error)
      }
      if (!(answer instanceof Promise)) return decide(authenticated, answer)
      return answer.then((later) => decide(authenticated, later), unknown)
    },
  ]
}

function unknown(cause: unknown): never {
  throw new TokenError('revocation_unknown', 'Could not check whether the token is revoked', { cause })
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
