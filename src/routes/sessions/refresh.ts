import { z } from 'zod'
import { refresh as refreshSession } from '../../accounts/sessions/refresh.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { answerTokens, TokensBody } from './answer-tokens.ts'
import { refreshByCookie } from './cookies/refresh-by-cookie.ts'

export interface RefreshBody {
  readonly refresh_token?: string | undefined
}

const RefreshBody: Schema<RefreshBody> = z.object({
  refresh_token: z.string().optional().meta({ description: 'The cookie by default' }),
})

export const refresh: Endpoint = defineEndpoint(
  {
    id: 'refresh',
    method: 'post',
    path: '/refresh',
    summary: 'Exchanges a refresh token for a new one and an access token',
    waits: true,
    credentials: ['refresh'],
    body: { schema: RefreshBody, required: false },
    answers: {
      200: { description: 'The new tokens, in the body or in cookies like the last ones', schema: TokensBody },
    },
    refusals: ['refresh_token_invalid', 'token_missing', 'csrf_missing', 'csrf_mismatch', 'cross_site_refused'],
  },
  async (given, parts) => {
    const { refresh_token } = given.body
    if (refresh_token !== undefined) {
      return answerTokens(given, parts, await refreshSession(parts, refresh_token, given.origin), { cookies: false })
    }
    const { tokens, remember } = await refreshByCookie(parts, given)
    return answerTokens(given, parts, tokens, { cookies: true, remember })
  },
)
