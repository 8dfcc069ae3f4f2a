import { z } from 'zod'
import { verifyLogin } from '../../accounts/mfa/verify-login.ts'
import type { GivenCredential } from '../../accounts/passkeys/verify.ts'
import { checkOrigin } from '../../guard/cookies/csrf.ts'
import type { FactorMethod } from '../../store/mfa/second-factors.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { answerTokens, TokensBody } from '../sessions/answer-tokens.ts'
import { readChallengeCookie, unsetChallengeCookie } from '../sessions/cookies/challenge-cookie.ts'
import { checkCookieLogin } from '../sessions/cookies/check-cookie-login.ts'
import { readDeviceCookie } from '../sessions/cookies/device-cookie.ts'
import { trustedDeviceOf } from '../sessions/cookies/trusted-device-cookie.ts'
import { checkProof, factorOf, PasskeyAnswer } from '../sessions/factor.ts'

export interface VerifyMfaBody {
  readonly mfa_token: string
  readonly method: FactorMethod
  readonly code?: string | undefined
  readonly challenge_token?: string | undefined
  readonly credential?: GivenCredential | undefined
  readonly device_token?: string | undefined
  readonly remember_device?: boolean | undefined
  readonly cookies?: boolean | undefined
}

const VerifyMfaBody: Schema<VerifyMfaBody> = z
  .object({
    mfa_token: z.string().meta({ description: 'From the `mfa_required` of the login' }),
    method: z.enum(['totp', 'passkey', 'recovery_code']),
    code: z.string().optional().meta({ description: 'Six digits; or a recovery code, with or without hyphens' }),
    ...PasskeyAnswer,
    device_token: z.string().optional().meta({
      description:
        'From an earlier login with a second factor on this device: wrong codes of others do not delay it. The cookie by default',
    }),
    remember_device: z.boolean().optional().meta({
      default: false,
      description:
        'Whether to trust this device, so that it is not asked for a second factor again for 30 days or as configured. Ignored if a role of the user requires one',
    }),
    cookies: z
      .boolean()
      .optional()
      .meta({ description: 'Returns the tokens in cookies instead of the body; by default, as the login requested' }),
  })
  .superRefine(checkProof)

export const verifyMfa: Endpoint = defineEndpoint(
  {
    id: 'verifyMfa',
    method: 'post',
    path: '/mfa/verify',
    summary: 'Completes a login with a second factor',
    waits: true,
    body: { schema: VerifyMfaBody, required: true },
    answers: { 200: { description: 'A fresh access token and a refresh token', schema: TokensBody } },
    refusals: [
      'mfa_token_invalid',
      'mfa_code_invalid',
      'passkey_invalid',
      'email_not_verified',
      'rate_limited',
      'overloaded',
      'cross_site_refused',
      'cookies_cross_site',
    ],
  },
  async (given, parts) => {
    const { mfa_token: token, device_token, remember_device, cookies } = given.body
    // Another site must not log our user into an account of its own.
    checkOrigin(given.request, parts.jwt.settings.trustedOrigins)
    const challenge = { token, browser: readChallengeCookie(given.request, parts.jwt) }
    if (cookies ?? challenge.browser !== undefined) checkCookieLogin(given.request, parts.jwt)
    const factor = factorOf(parts, given.body, { purpose: 'mfa', owner: token }, given.origin)
    const deviceToken = device_token ?? readDeviceCookie(given.request, parts.jwt)
    const trustedDevice = trustedDeviceOf(given.request, parts.jwt)
    const proof = { challenge, factor, deviceToken, trustsDevice: remember_device === true, trustedDevice }
    const { tokens, kept } = await verifyLogin(parts, proof, given.origin)
    if (challenge.browser !== undefined) given.setCookies([unsetChallengeCookie(parts.jwt)])
    return answerTokens(given, parts, tokens, { ...kept, cookies: cookies ?? kept.cookies })
  },
)
