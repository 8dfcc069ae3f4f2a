import { z } from 'zod'
import { reauthenticate as proveAgain } from '../../accounts/mfa/reauthenticate.ts'
import type { FactorMethod } from '../../store/second-factors.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { PasswordText } from '../http/schemas.ts'
import { TokensBody } from './answer-tokens.ts'

export interface ReauthenticateBody {
  readonly password?: string | undefined
  readonly method?: FactorMethod | undefined
  readonly code?: string | undefined
}

const ReauthenticateBody: Schema<ReauthenticateBody> = z
  .object({
    password: PasswordText.optional(),
    method: z.enum(['totp', 'recovery_code']).optional().meta({ description: 'With `code`: a second factor' }),
    code: z.string().optional(),
  })
  .refine(({ method, code }) => (method === undefined) === (code === undefined), {
    path: ['code'],
    message: 'must come with `method`',
  })
  .refine(({ password, code }) => password !== undefined || code !== undefined, {
    path: ['password'],
    message: 'is missing, and so is `code`',
  })

export const reauthenticate: Endpoint = defineEndpoint(
  {
    id: 'reauthenticate',
    method: 'post',
    path: '/reauthenticate',
    summary: 'Returns a fresh access token for the password, a second factor, or both',
    waits: true,
    guard: {},
    body: { schema: ReauthenticateBody, required: true },
    answers: {
      200: { description: 'The access token, in the body or in cookies like the last one', schema: TokensBody },
    },
    refusals: ['session_required', 'invalid_credentials', 'mfa_code_invalid', 'rate_limited', 'overloaded'],
  },
  async ({ body, caller, origin, setCookies }, parts) => {
    const { password, method, code } = body
    const factor = method === undefined || code === undefined ? undefined : { method, code }
    const accessToken = await proveAgain(parts, caller, { password, factor }, origin, caller.keeping)
    const about = { token_type: 'Bearer', expires_in: parts.lifetimes.accessTokenSeconds } as const
    if (caller.location !== 'cookies') return { status: 200, body: { access_token: accessToken, ...about } }
    setCookies(parts.jwt.accessCookies(accessToken))
    return { status: 200, body: about }
  },
)
