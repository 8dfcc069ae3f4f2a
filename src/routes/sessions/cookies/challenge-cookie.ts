import { randomBytes } from 'node:crypto'
import { RequestError } from '../../../errors.ts'
import { readCookie, serializeCookie } from '../../../guard/cookies/cookies.ts'
import type { JwtManager } from '../../../guard/jwt-manager.ts'
import type { RequestView } from '../../../guard/request/request-view.ts'
import type { AnyGiven } from '../../http/endpoint.ts'

/** As long as a challenge. */
const challengeSeconds = 10 * 60

/**
 * Logs a browser in that is to have its tokens in cookies. Where the login needs a second factor, the challenge is for this
 * browser alone: it gets a cookie with the refusal, and no session. A token that is taken from its page is of no use elsewhere.
 * @param login Is given what the browser will have in that cookie.
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

/** What the browser has that a challenge is for. */
export function readChallengeCookie(request: RequestView, jwt: JwtManager): string | undefined {
  return readCookie(request.header('cookie'), nameOf(jwt))
}

/** The `Set-Cookie` line for a browser whose challenge is done with. */
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
