import { z } from 'zod'
import { reauthenticate as proveAgain } from '../../accounts/mfa/reauthenticate.ts'
import type { GivenCredential } from '../../accounts/passkeys/verify.ts'
import type { FactorMethod } from '../../store/mfa/second-factors.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { PasswordText } from '../http/schemas.ts'
import { answerAccess, TokensBody } from './answer-tokens.ts'
import { checkProof, factorOf, PasskeyAnswer } from './factor.ts'

export interface ReauthenticateBody {
  readonly password?: string | undefined
  readonly method?: FactorMethod | undefined
  readonly code?: string | undefined
  readonly challenge_token?: string | undefined
  readonly credential?: GivenCredential | undefined
}

const ReauthenticateBody: Schema<ReauthenticateBody> = z
  .object({
    password: PasswordText.optional(),
    method: z
      .enum(['totp', 'passkey', 'recovery_code'])
      .optional()
      .meta({ description: 'With `code`: a second factor. A passkey needs no `method`' }),
    code: z.string().optional(),
    ...PasskeyAnswer,
  })
  .superRefine((body, context) => {
    if (methodOf(body) !== undefined) checkProof({ ...body, method: methodOf(body) }, context)
    else if (body.password === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['password'],
        message: 'is missing, and so are `code` and `credential`',
      })
    }
  })

/** A code without its method is invalid; a passkey implies its method. */
function methodOf({ method, code, credential }: ReauthenticateBody): FactorMethod | 'unstated' | undefined {
  if (method !== undefined) return method
  if (credential !== undefined) return 'passkey'
  return code === undefined ? undefined : 'unstated'
}

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
    refusals: [
      'session_required',
      'invalid_credentials',
      'mfa_code_invalid',
      'passkey_invalid',
      'rate_limited',
      'overloaded',
    ],
  },
  async ({ body, caller, origin, setCookies }, parts) => {
    const { password } = body
    const factor =
      methodOf(body) === undefined
        ? undefined
        : factorOf(parts, body, { purpose: 'reauthenticate', owner: caller.sessionId ?? '' }, origin)
    const accessToken = await proveAgain(parts, caller, { password, factor }, origin, caller.keeping)
    return { status: 200, body: answerAccess({ setCookies }, parts, caller.location, accessToken) }
  },
)
