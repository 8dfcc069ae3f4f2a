import { deleteOwnAccount } from '../../accounts/own/delete-own-account.ts'
import { defineEndpoint, type Endpoint } from '../http/endpoint.ts'
import { removeCookies } from '../sessions/cookies/remove-cookies.ts'

export const deleteMe: Endpoint = defineEndpoint(
  {
    id: 'deleteMe',
    method: 'delete',
    path: '/me',
    summary: 'Deletes the account of the user, ends all sessions and revokes all tokens',
    guard: { fresh: true },
    answers: { 204: { description: 'Deleted. Cookies with tokens are removed' } },
    refusals: ['token_not_fresh', 'insufficient_user_authentication', 'session_required'],
  },
  async (given, parts) => {
    await deleteOwnAccount(parts, given.caller, given.origin)
    if (given.caller.location === 'cookies') removeCookies(given, parts)
    return { status: 204 }
  },
)
