import { z } from 'zod'
import { beginPasskeyLogin, loginWithPasskey as logIn } from '../../accounts/passkeys/login.ts'
import type { GivenCredential } from '../../accounts/passkeys/verify.ts'
import { checkOrigin } from '../../guard/cookies/csrf.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { cookieMembers } from '../http/schemas.ts'
import { answerTokens, TokensBody } from '../sessions/answer-tokens.ts'
import { bindChallenge } from '../sessions/cookies/challenge-cookie.ts'
import { checkCookieLogin } from '../sessions/cookies/check-cookie-login.ts'
import { readDeviceCookie } from '../sessions/cookies/device-cookie.ts'
import { optionsBody, PasskeyOptionsBody } from './options-body.ts'

export const passkeyLoginOptions: Endpoint = defineEndpoint(
  {
    id: 'passkeyLoginOptions',
    method: 'post',
    path: '/login/passkey/options',
    summary: 'Begins a login with a passkey: no username is needed, and nothing is stored',
    answers: { 200: { description: 'Options for requesting a passkey', schema: PasskeyOptionsBody } },
    refusals: [],
  },
  async (_given, parts) => ({ status: 200, body: optionsBody(beginPasskeyLogin(parts)) }),
)

export interface PasskeyLoginBody {
  readonly challenge_token: string
  readonly credential: GivenCredential
  readonly device_token?: string | undefined
  readonly cookies?: boolean | undefined
  readonly remember?: boolean | undefined
}

const PasskeyLoginBody: Schema<PasskeyLoginBody> = z.object({
  challenge_token: z.string(),
  credential: z
    .record(z.string(), z.unknown())
    .meta({ description: 'The response of the authenticator: `PublicKeyCredential.toJSON()`' }),
  device_token: z
    .string()
    .optional()
    .meta({ description: 'From an earlier login on this device. The cookie by default' }),
  ...cookieMembers,
})

export const loginWithPasskey: Endpoint = defineEndpoint(
  {
    id: 'loginWithPasskey',
    method: 'post',
    path: '/login/passkey',
    summary: 'Starts a session with a passkey that has verified the user: no second factor is required',
    waits: true,
    body: { schema: PasskeyLoginBody, required: true },
    answers: { 200: { description: 'A fresh access token and a refresh token', schema: TokensBody } },
    refusals: ['passkey_invalid', 'email_not_verified', 'rate_limited', 'cross_site_refused', 'cookies_cross_site'],
  },
  async (given, parts) => {
    const { challenge_token: challengeToken, credential, device_token, cookies = false, remember = true } = given.body
    // Another site must not log our user into an account of its own.
    checkOrigin(given.request, parts.jwt.settings.trustedOrigins)
    if (cookies) checkCookieLogin(given.request, parts.jwt)
    const deviceToken = device_token ?? readDeviceCookie(given.request, parts.jwt)
    const keeping = cookies ? { cookies, remember } : { cookies }
    const presented = { challengeToken, credential }
    const enter = (browser?: string) =>
      logIn(parts, presented, { deviceToken, ...(cookies && { ...keeping, browser }) }, given.origin)
    const tokens = cookies ? await bindChallenge(given, parts.jwt, enter) : await enter()
    return answerTokens(given, parts, tokens, keeping)
  },
)
