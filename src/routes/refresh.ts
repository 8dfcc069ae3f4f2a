import { z } from 'zod'
import { refresh as refreshSession } from '../accounts/refresh.ts'
import { answerTokens } from './answer-tokens.ts'
import { readOptionalBody } from './body.ts'
import type { Endpoint } from './endpoint.ts'
import { readRefreshCookie } from './refresh-cookie.ts'
import { TokensBody } from './schemas.ts'

const Body = z.object({ refresh_token: z.string().optional().meta({ description: 'The cookie, where absent' }) })

export const refresh: Endpoint = {
  method: 'post',
  path: '/refresh',
  summary: 'Spends a refresh token for the next one and an access token',
  body: { schema: Body, required: false },
  answer: { status: 200, description: 'The next tokens, where the last came from', schema: TokensBody },
  refusals: ['refresh_token_invalid', 'token_missing', 'csrf_missing', 'csrf_mismatch', 'cross_site_refused'],
  async handle(c, parts) {
    const { refresh_token } = await readOptionalBody(c, Body)
    const presented = refresh_token ?? (await readRefreshCookie(c, parts.jwt))
    const tokens = await refreshSession(parts, presented, c.var.client)
    return answerTokens(c, parts, tokens, { cookies: refresh_token === undefined })
  },
}
