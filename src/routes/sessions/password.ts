import { z } from 'zod'
import { changePassword } from '../../accounts/sessions/change-password.ts'
import { readBody } from '../http/body.ts'
import { callerOf, type Endpoint, keepingOf } from '../http/endpoint.ts'
import { PasswordText } from '../http/schemas.ts'
import { setCookies } from './answer-tokens.ts'

const Body = z.object({ current_password: PasswordText, new_password: PasswordText })

export const password: Endpoint = {
  method: 'post',
  path: '/password',
  summary: 'Changes the password, ends the other sessions and revokes all access tokens',
  guard: { fresh: true },
  body: { schema: Body, required: true },
  answer: { status: 204, description: 'Changed. Use the refresh token of this session to get a new access token' },
  refusals: ['invalid_credentials', 'token_not_fresh', 'rate_limited', 'overloaded'],
  async handle(c, parts) {
    const { current_password, new_password } = await readBody(c, Body)
    const passwords = { currentPassword: current_password, newPassword: new_password }
    const accessToken = await changePassword(parts, callerOf(c), passwords, c.var.origin, keepingOf(c))
    if (accessToken !== undefined && c.var.jwt.location === 'cookies')
      setCookies(c, parts.jwt.accessCookies(accessToken))
    return c.body(null, 204)
  },
}
