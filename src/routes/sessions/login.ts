import { z } from 'zod'
import { login as logIn } from '../../accounts/sessions/login.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { cookieMembers, PasswordText, TrustedDeviceToken } from '../http/schemas.ts'
import { answerTokens, TokensBody } from './answer-tokens.ts'
import { bindChallenge } from './cookies/challenge-cookie.ts'
import { checkCookieLogin } from './cookies/check-cookie-login.ts'
import { readDeviceCookie } from './cookies/device-cookie.ts'
import { trustedDeviceOf } from './cookies/trusted-device-cookie.ts'

export interface LoginBody {
  readonly username: string
  readonly password: string
  readonly device_token?: string | undefined
  readonly trusted_device_token?: string | undefined
  readonly cookies?: boolean | undefined
  readonly remember?: boolean | undefined
}

export const LoginBody: Schema<LoginBody> = z.object({
  username: z.string(),
  password: PasswordText,
  device_token: z.string().optional().meta({
    description:
      'From an earlier login on this device: failed attempts of others do not delay it. The cookie by default',
  }),
  trusted_device_token: TrustedDeviceToken,
  ...cookieMembers,
})

export const login: Endpoint = defineEndpoint(
  {
    id: 'login',
    method: 'post',
    path: '/login',
    summary: 'Starts a session',
    waits: true,
    body: { schema: LoginBody, required: true },
    answers: { 200: { description: 'A fresh access token and a refresh token', schema: TokensBody } },
    refusals: [
      'invalid_credentials',
      'email_not_verified',
      'mfa_required',
      'mfa_enrollment_required',
      'rate_limited',
      'overloaded',
      'cross_site_refused',
      'cookies_cross_site',
    ],
  },
  async (given, parts) => {
    const { username, password, device_token, trusted_device_token, cookies = false, remember = true } = given.body
    if (cookies) checkCookieLogin(given.request, parts.jwt)
    const deviceToken = device_token ?? readDeviceCookie(given.request, parts.jwt)
    const keeping = cookies ? { cookies, remember } : { cookies }
    const trustedDevice = trustedDeviceOf(given.request, parts.jwt, trusted_device_token)
    const attempt = { username, password, deviceToken }
    const tokens = cookies
      ? await bindChallenge(given, parts.jwt, (browser) =>
          logIn(parts, attempt, given.origin, { ...keeping, browser, trustedDevice }),
        )
      : await logIn(parts, attempt, given.origin, { trustedDevice })
    return answerTokens(given, parts, tokens, keeping)
  },
)
