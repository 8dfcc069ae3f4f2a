import { z } from 'zod'
import { type AccountOutcome, signIn as logIn } from '../../accounts/email/sign-in/sign-in.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { cookieMembers, schemaNames, TrustedDeviceToken } from '../http/schemas.ts'
import { answerTokens, TokensBody } from '../sessions/answer-tokens.ts'
import { bindChallenge } from '../sessions/cookies/challenge-cookie.ts'
import { checkCookieLogin } from '../sessions/cookies/check-cookie-login.ts'
import { trustedDeviceOf } from '../sessions/cookies/trusted-device-cookie.ts'
import { type PresentedBody, presentedMembers, readPresented } from './presented.ts'

export interface SignInBody extends PresentedBody {
  readonly trusted_device_token?: string | undefined
  readonly cookies?: boolean | undefined
  readonly remember?: boolean | undefined
}

const SignInBody: Schema<SignInBody> = z.object({
  ...presentedMembers,
  trusted_device_token: TrustedDeviceToken,
  ...cookieMembers,
})

/** The tokens of the client, and what happened to the account. */
export interface SignedInBody extends TokensBody {
  readonly account: AccountOutcome
}

const SignedInBody: Schema<SignedInBody> = z
  .object({
    ...(TokensBody.shape as { readonly [Name in keyof TokensBody]-?: z.ZodType<TokensBody[Name]> }),
    account: z.enum(['existing', 'created', 'adopted']).meta({
      description:
        '`adopted`: the address was unverified, so the password and the sessions that the account had before were removed',
    }),
  })
  .register(schemaNames, { name: 'SignedIn' })

export const signIn: Endpoint = defineEndpoint(
  {
    id: 'signIn',
    method: 'post',
    path: '/login/email/verify',
    summary: 'Starts a session with the link or the code that was mailed',
    waits: true,
    body: { schema: SignInBody, required: true },
    answers: { 200: { description: 'A fresh access token and a refresh token', schema: SignedInBody } },
    refusals: [
      'code_invalid',
      'email_sign_in_disabled',
      'mfa_required',
      'mfa_enrollment_required',
      'email_not_verified',
      'rate_limited',
      'cross_site_refused',
      'cookies_cross_site',
    ],
  },
  async (given, parts) => {
    const { trusted_device_token, cookies = false, remember = true } = given.body
    if (cookies) checkCookieLogin(given.request, parts.jwt)
    const keeping = cookies ? { cookies, remember } : { cookies }
    const trustedDevice = trustedDeviceOf(given.request, parts.jwt, trusted_device_token)
    const presented = readPresented(given.body)
    const { tokens, account } = cookies
      ? await bindChallenge(given, parts.jwt, (browser) =>
          logIn(parts, presented, given.origin, { ...keeping, browser, trustedDevice }),
        )
      : await logIn(parts, presented, given.origin, { trustedDevice })
    const { status, body } = await answerTokens(given, parts, tokens, keeping)
    return { status, body: { ...body, account } }
  },
)
