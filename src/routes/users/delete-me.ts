import { deleteOwnAccount } from '../../accounts/own/delete-own-account.ts'
import { stepUpSeconds } from '../../accounts/sessions/step-up.ts'
import { defineEndpoint, type Endpoint } from '../http/endpoint.ts'

export const deleteMe: Endpoint = defineEndpoint(
  {
    id: 'deleteMe',
    method: 'delete',
    path: '/me',
    summary: 'Deletes the account of the user, ends all sessions and revokes all tokens',
    guard: { fresh: true, maxAgeSeconds: stepUpSeconds },
    answers: { 204: { description: 'Deleted' } },
    refusals: ['token_not_fresh', 'session_required'],
  },
  async ({ caller, origin }, parts) => {
    await deleteOwnAccount(parts, caller, origin)
    return { status: 204 }
  },
)
