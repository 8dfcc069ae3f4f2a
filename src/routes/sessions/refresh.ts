import { z } from 'zod'
import { refresh as refreshSession } from '../../accounts/sessions/refresh.ts'
import { goodToken } from '../../accounts/sessions/tokens/spent-token.ts'
import { readOptionalBody } from '../http/body.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { TokensBody } from '../http/schemas.ts'
import { answerTokens } from './answer-tokens.ts'
import { readRefreshCookie } from './cookies/refresh-cookie.ts'

const Body = z.object({ refresh_token: z.string().optional().meta({ description: 'The cookie by default' }) })

export const refresh: Endpoint = {
  method: 'post',
  path: '/refresh',
  summary: 'Exchanges a refresh token for a new one and an access token',
  body: { schema: Body, required: false },
  answer: {
    status: 200,
    description: 'The new tokens, in the body or in cookies like the last ones',
    schema: TokensBody,
  },
  refusals: ['refresh_token_invalid', 'token_missing', 'csrf_missing', 'csrf_mismatch', 'cross_site_refused'],
  async handle(c, parts) {
    const { refresh_token } = await readOptionalBody(c, Body)
    if (refresh_token !== undefined) {
      return answerTokens(c, parts, await refreshSession(parts, refresh_token, c.var.origin), { cookies: false })
    }
    const { tokens, remember } = await readRefreshCookie(c, parts.jwt)
    const presented = await goodToken(parts, tokens)
    const next = await refreshSession(parts, presented, c.var.origin, { remember })
    return answerTokens(c, parts, next, { cookies: true, remember })
  },
}
