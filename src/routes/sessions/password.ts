import { z } from 'zod'
import { changePassword as change } from '../../accounts/sessions/change-password.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { PasswordText } from '../http/schemas.ts'

export interface PasswordBody {
  readonly current_password: string
  readonly new_password: string
}

const PasswordBody: Schema<PasswordBody> = z.object({ current_password: PasswordText, new_password: PasswordText })

export const password: Endpoint = defineEndpoint(
  {
    id: 'changePassword',
    method: 'post',
    path: '/password',
    summary: 'Changes the password, ends the other sessions and revokes all access tokens',
    waits: true,
    guard: { fresh: true },
    body: { schema: PasswordBody, required: true },
    answers: {
      204: { description: 'Changed. Use the refresh token of this session to get a new access token' },
    },
    refusals: [
      'invalid_credentials',
      'token_not_fresh',
      'insufficient_user_authentication',
      'rate_limited',
      'overloaded',
    ],
  },
  async ({ body, caller, origin, setCookies }, parts) => {
    const passwords = { currentPassword: body.current_password, newPassword: body.new_password }
    const accessToken = await change(parts, caller, passwords, origin, caller.keeping)
    if (accessToken !== undefined && caller.location === 'cookies') setCookies(parts.jwt.accessCookies(accessToken))
    return { status: 204 }
  },
)
