import { randomBytes } from 'node:crypto'
import { challengeSeconds } from '../../../accounts/sessions/missing-proof.ts'
import { RequestError } from '../../../errors.ts'
import { readCookie, serializeCookie } from '../../../guard/cookies/cookies.ts'
import type { JwtManager } from '../../../guard/jwt-manager.ts'
import type { RequestView } from '../../../guard/request/request-view.ts'
import type { AnyGiven } from '../../http/endpoint.ts'

/**
 * Logs in a browser that keeps its tokens in cookies. If the login needs a second factor, the challenge is bound to
 * this browser: it gets a cookie with the refusal, and no session. A token stolen from its page is of no use elsewhere.
 * @param login Called with the value that the cookie will have.
 */
export async function bindChallenge<Result>(
  { setCookies }: Pick<AnyGiven, 'setCookies'>,
  jwt: JwtManager,
  login: (browser: string) => Promise<Result>,
): Promise<Result> {
  const browser = randomBytes(24).toString('base64url')
  try {
    return await login(browser)
  } catch (error) {
    const isChallenge = error instanceof RequestError && 'mfa_token' in error.next
    if (isChallenge) setCookies([challengeCookie(jwt, browser, challengeSeconds)])
    throw error
  }
}

/** The value in the browser's cookie that a challenge is bound to. */
export function readChallengeCookie(request: RequestView, jwt: JwtManager): string | undefined {
  return readCookie(request.header('cookie'), nameOf(jwt))
}

/** The `Set-Cookie` line that removes the cookie of a completed challenge. */
export function unsetChallengeCookie(jwt: JwtManager): string {
  return challengeCookie(jwt, '', 0)
}

function challengeCookie(jwt: JwtManager, value: string, maxAgeSeconds: number): string {
  const { cookieSecure: secure, cookieSameSite: sameSite = 'Lax', cookiePartitioned: partitioned } = jwt.settings
  return serializeCookie(nameOf(jwt), value, {
    path: '/',
    secure,
    sameSite,
    partitioned,
    httpOnly: true,
    maxAgeSeconds,
  })
}

function nameOf({ settings }: JwtManager): string {
  return settings.cookieSecure ? '__Host-mfa_challenge' : 'mfa_challenge'
}
