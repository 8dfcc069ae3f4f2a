import { z } from 'zod'
import { login as logIn } from '../../accounts/sessions/login.ts'
import { HonoRequestView } from '../../adapters/hono-request.ts'
import { checkOrigin } from '../../guard/csrf.ts'
import { readBody } from '../http/body.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { PasswordText, TokensBody } from '../http/schemas.ts'
import { answerTokens } from './answer-tokens.ts'
import { readDeviceCookie } from './cookies/device-cookie.ts'

const Body = z.object({
  username: z.string(),
  password: PasswordText,
  device_token: z.string().optional().meta({
    description:
      'From an earlier login on this device: failed attempts of others do not delay it. The cookie by default',
  }),
  cookies: z.boolean().default(false).meta({ description: 'Returns the tokens in cookies instead of the body' }),
  remember: z.boolean().default(true).meta({
    description: 'Whether the cookies last as long as the session; with `false` they end with the browser',
  }),
})

export const login: Endpoint = {
  method: 'post',
  path: '/login',
  summary: 'Starts a session',
  body: { schema: Body, required: true },
  answer: { status: 200, description: 'A fresh access token and a refresh token', schema: TokensBody },
  refusals: ['invalid_credentials', 'rate_limited', 'overloaded', 'cross_site_refused'],
  async handle(c, parts) {
    const { username, password, device_token, cookies, remember } = await readBody(c, Body)
    // Another site must not log our user into an account of its own.
    if (cookies) checkOrigin(new HonoRequestView(c), parts.jwt.settings.trustedOrigins)
    const deviceToken = device_token ?? readDeviceCookie(c, parts.jwt)
    const keeping = cookies ? { cookies, remember } : { cookies }
    const tokens = await logIn(parts, { username, password, deviceToken }, c.var.origin, keeping)
    return answerTokens(c, parts, tokens, keeping)
  },
}
