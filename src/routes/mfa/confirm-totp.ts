import { z } from 'zod'
import { confirmInSession } from '../../accounts/mfa/setup/confirm-in-session.ts'
import { enrollAtLogin } from '../../accounts/mfa/setup/enroll-at-login.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { answerAccess, answerTokens, type TokensBody } from '../sessions/answer-tokens.ts'
import { unsetChallengeCookie } from '../sessions/cookies/challenge-cookie.ts'
import { EnrollmentToken, enrollerRefusals, readEnroller } from './enroller.ts'
import { RecoveryCodes } from './recovery-codes.ts'

const Params: Schema<{ readonly id: string }> = z.object({ id: z.string() })

export interface ConfirmTotpBody {
  readonly code: string
  readonly mfa_token?: string | undefined
  readonly cookies?: boolean | undefined
}

const ConfirmTotpBody: Schema<ConfirmTotpBody> = z.object({
  code: z.string().meta({ description: 'The first code of the app: six digits' }),
  mfa_token: EnrollmentToken,
  cookies: z
    .boolean()
    .optional()
    .meta({ description: 'With `mfa_token`: returns the tokens in cookies; by default, as the login requested' }),
})

/** A fresh access token, or all tokens of a login; and the recovery codes that the user has to keep in a safe place. */
export interface ConfirmedBody extends Omit<TokensBody, 'trusted_device_token'> {
  readonly recovery_codes?: readonly string[] | undefined
}

const ConfirmedBody: Schema<ConfirmedBody> = z.object({
  access_token: z.string().optional().meta({ description: 'Not with cookies' }),
  refresh_token: z.string().optional().meta({ description: 'After a login. Not with cookies' }),
  device_token: z.string().optional().meta({ description: 'After a login. Not with cookies' }),
  token_type: z.literal('Bearer'),
  expires_in: z.int().meta({ description: 'Lifetime of the access token in seconds' }),
  recovery_codes: RecoveryCodes.optional().meta({ description: 'Shown once, and only if the user had none left' }),
})

export const confirmTotp: Endpoint = defineEndpoint(
  {
    id: 'confirmTotp',
    method: 'post',
    path: '/mfa/totp/:id/confirm',
    summary: 'Confirms an authenticator app with its first code, and ends the other sessions',
    waits: true,
    credentials: ['access'],
    params: Params,
    body: { schema: ConfirmTotpBody, required: true },
    answers: { 200: { description: 'The app is a second factor from now on', schema: ConfirmedBody } },
    refusals: [
      ...enrollerRefusals,
      'mfa_code_invalid',
      'factor_not_found',
      'email_not_verified',
      'rate_limited',
      'overloaded',
    ],
  },
  async (given, parts) => {
    const { body, origin, params } = given
    const app = { id: params.id, code: body.code }
    const enroller = await readEnroller(given.request, parts, body)
    if ('challenge' in enroller) {
      const { tokens, kept, added } = await enrollAtLogin(parts, enroller.challenge, app, origin)
      if (kept.cookies) given.setCookies([unsetChallengeCookie(parts.jwt)])
      const answer = await answerTokens(given, parts, tokens, { ...kept, cookies: body.cookies ?? kept.cookies })
      return { status: 200, body: withCodes(answer.body, added.recoveryCodes) }
    }
    const { caller } = enroller
    const { accessToken, recoveryCodes } = await confirmInSession(parts, caller, app, origin, caller.keeping)
    return { status: 200, body: withCodes(answerAccess(given, parts, caller.location, accessToken), recoveryCodes) }
  },
)

function withCodes(body: TokensBody, recoveryCodes: readonly string[] | undefined): ConfirmedBody {
  return recoveryCodes === undefined ? body : { ...body, recovery_codes: recoveryCodes }
}
