import { z } from 'zod'
import { setFirstPassword } from '../../../accounts/own/own-password.ts'
import { changePassword as change } from '../../../accounts/sessions/password/change-password.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../../http/endpoint.ts'
import { PasswordText } from '../../http/schemas.ts'

export interface PasswordBody {
  /** Absent for the first password of an account without one. */
  readonly current_password?: string | undefined
  readonly new_password: string
}

const PasswordBody: Schema<PasswordBody> = z.object({
  current_password: PasswordText.optional().meta({ description: 'Required unless the account has no password' }),
  new_password: PasswordText,
})

export const password: Endpoint = defineEndpoint(
  {
    id: 'changePassword',
    method: 'post',
    path: '/password',
    summary: 'Changes the password or sets the first one, ends the other sessions and revokes all access tokens',
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
      'session_required',
    ],
  },
  async ({ body, caller, origin, setCookies }, parts) => {
    const { current_password: currentPassword, new_password: newPassword } = body
    const accessToken =
      currentPassword === undefined
        ? await setFirstPassword(parts, caller, newPassword, origin, caller.keeping)
        : await change(parts, caller, { currentPassword, newPassword }, origin, caller.keeping)
    if (accessToken !== undefined && caller.location === 'cookies') setCookies(parts.jwt.accessCookies(accessToken))
    return { status: 204 }
  },
)
