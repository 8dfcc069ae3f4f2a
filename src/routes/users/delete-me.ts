import { deleteOwnAccount } from '../../accounts/own/delete-own-account.ts'
import { defineEndpoint, type Endpoint } from '../http/endpoint.ts'

export const deleteMe: Endpoint = defineEndpoint(
  {
    id: 'deleteMe',
    method: 'delete',
    path: '/me',
    summary: 'Deletes the account of the user, ends all sessions and revokes all tokens',
    guard: { fresh: true },
    answers: { 204: { description: 'Deleted' } },
    refusals: ['token_not_fresh', 'insufficient_user_authentication', 'session_required'],
  },
  async ({ caller, origin }, parts) => {
    await deleteOwnAccount(parts, caller, origin)
    return { status: 204 }
  },
)
