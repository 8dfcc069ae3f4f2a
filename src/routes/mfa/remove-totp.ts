import { z } from 'zod'
import { removeTotp as remove } from '../../accounts/mfa/setup/remove-totp.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

const Params: Schema<{ readonly id: string }> = z.object({ id: z.string() })

export const removeTotp: Endpoint = defineEndpoint(
  {
    id: 'removeTotp',
    method: 'delete',
    path: '/mfa/totp/:id',
    summary: 'Removes an authenticator app, and ends the other sessions',
    waits: true,
    guard: {},
    params: Params,
    answers: {
      204: {
        description: 'Removed. After the last one, use the refresh token of this session to get a new access token',
      },
    },
    refusals: ['session_required', 'insufficient_user_authentication', 'factor_not_found', 'mfa_enrollment_required'],
  },
  async ({ params, caller, origin, setCookies }, parts) => {
    const accessToken = await remove(parts, caller, params.id, origin, caller.keeping)
    if (caller.location === 'cookies') setCookies(parts.jwt.accessCookies(accessToken))
    return { status: 204 }
  },
)
