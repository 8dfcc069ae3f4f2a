import { removePassword as remove } from '../../../accounts/own/own-password.ts'
import { defineEndpoint, type Endpoint } from '../../http/endpoint.ts'

export const removePassword: Endpoint = defineEndpoint(
  {
    id: 'removePassword',
    method: 'delete',
    path: '/password',
    summary: 'Removes the password, ends the other sessions and revokes all access tokens',
    waits: true,
    guard: { fresh: true },
    answers: {
      204: { description: 'Removed. Use the refresh token of this session to get a new access token' },
    },
    refusals: ['token_not_fresh', 'session_required', 'insufficient_user_authentication', 'last_way_in'],
  },
  async ({ caller, origin, setCookies }, parts) => {
    const accessToken = await remove(parts, caller, origin, caller.keeping)
    if (caller.location === 'cookies') setCookies(parts.jwt.accessCookies(accessToken))
    return { status: 204 }
  },
)
