import { z } from 'zod'
import { reauthenticate as proveAgain } from '../../accounts/sessions/reauthenticate.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { PasswordText } from '../http/schemas.ts'
import { TokensBody } from './answer-tokens.ts'

export interface ReauthenticateBody {
  readonly password: string
}

const ReauthenticateBody: Schema<ReauthenticateBody> = z.object({ password: PasswordText })

export const reauthenticate: Endpoint = defineEndpoint(
  {
    id: 'reauthenticate',
    method: 'post',
    path: '/reauthenticate',
    summary: 'Returns a fresh access token for the password',
    guard: {},
    body: { schema: ReauthenticateBody, required: true },
    answers: {
      200: { description: 'The access token, in the body or in cookies like the last one', schema: TokensBody },
    },
    refusals: ['session_required', 'invalid_credentials', 'rate_limited', 'overloaded'],
  },
  async ({ body, caller, origin, setCookies }, parts) => {
    const accessToken = await proveAgain(parts, caller, body.password, origin, caller.keeping)
    const about = { token_type: 'Bearer', expires_in: parts.lifetimes.accessTokenSeconds } as const
    if (caller.location !== 'cookies') return { status: 200, body: { access_token: accessToken, ...about } }
    setCookies(parts.jwt.accessCookies(accessToken))
    return { status: 200, body: about }
  },
)
