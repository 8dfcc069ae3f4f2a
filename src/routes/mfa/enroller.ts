import { z } from 'zod'
import { type Challenge, findChallenge } from '../../accounts/mfa/challenge.ts'
import { createGuard } from '../../guard/authenticate.ts'
import { checkOrigin } from '../../guard/cookies/csrf.ts'
import type { AnyGiven, GuardedCaller, RouteParts } from '../http/endpoint.ts'
import { callerOf } from '../http/read/request.ts'
import { readChallengeCookie } from '../sessions/cookies/challenge-cookie.ts'
import { checkCookieLogin } from '../sessions/cookies/check-cookie-login.ts'

/** In bodies of what a login that needs a second factor may set up. */
export const EnrollmentToken: z.ZodOptional<z.ZodString> = z.string().optional().meta({
  description: 'From the `mfa_enrollment_required` of a login, instead of an access token',
})

/** What `readEnroller` refuses, and what sets up a factor for a caller in a session. */
export const enrollerRefusals = [
  'session_required',
  'insufficient_user_authentication',
  'mfa_token_invalid',
  'cookies_cross_site',
] as const

/**
 * Who sets up a factor: the client that has an `mfa_token`, or a caller with an access token. With the former nothing else of
 * the request counts: a cookie may be another user's, of an earlier session in the same browser.
 * @throws {RequestError} `mfa_token_invalid`, `cookies_cross_site`
 * @throws {TokenError} `cross_site_refused`, and as a guard does
 */
export async function readEnroller(
  request: AnyGiven['request'],
  parts: RouteParts,
  { mfa_token: token, cookies }: { readonly mfa_token?: string | undefined; readonly cookies?: boolean | undefined },
): Promise<{ readonly challenge: Challenge } | { readonly caller: GuardedCaller }> {
  if (token !== undefined) {
    checkOrigin(request, parts.jwt.settings.trustedOrigins)
    const browser = readChallengeCookie(request, parts.jwt)
    if (cookies ?? browser !== undefined) checkCookieLogin(request, parts.jwt)
    return { challenge: await findChallenge(parts, 'mfa_enrollment', { token, browser }) }
  }
  const authenticated = await createGuard(parts.jwt)(request)
  if (authenticated === undefined) throw new TypeError('A guard lets only OPTIONS pass without a token')
  return { caller: callerOf(authenticated) }
}
