import { z } from 'zod'
import { reauthenticate as proveAgain } from '../../accounts/sessions/reauthenticate.ts'
import { readBody } from '../http/body.ts'
import { callerOf, type Endpoint, keepingOf } from '../http/endpoint.ts'
import { PasswordText, TokensBody } from '../http/schemas.ts'
import { setCookies } from './answer-tokens.ts'

const Body = z.object({ password: PasswordText })

export const reauthenticate: Endpoint = {
  method: 'post',
  path: '/reauthenticate',
  summary: 'Returns a fresh access token for the password',
  guard: {},
  body: { schema: Body, required: true },
  answer: {
    status: 200,
    description: 'The access token, in the body or in cookies like the last one',
    schema: TokensBody,
  },
  refusals: ['session_required', 'invalid_credentials', 'rate_limited', 'overloaded'],
  async handle(c, parts) {
    const { password } = await readBody(c, Body)
    const accessToken = await proveAgain(parts, callerOf(c), password, c.var.origin, keepingOf(c))
    const about = { token_type: 'Bearer', expires_in: parts.lifetimes.accessTokenSeconds }
    if (c.var.jwt.location !== 'cookies') return c.json({ access_token: accessToken, ...about }, 200)
    setCookies(c, parts.jwt.accessCookies(accessToken))
    return c.json(about, 200)
  },
}
