import { endOtherSessions as endOthers } from '../../accounts/sessions/end-own-sessions.ts'
import { defineEndpoint, type Endpoint } from '../http/endpoint.ts'

export const endOtherSessions: Endpoint = defineEndpoint(
  {
    id: 'endOtherSessions',
    method: 'delete',
    path: '/sessions',
    summary: 'Ends all other sessions of the user',
    guard: {},
    answers: { 204: { description: 'They have ended' } },
    refusals: [],
  },
  async ({ caller, origin }, parts) => {
    await endOthers(parts, caller, origin)
    return { status: 204 }
  },
)
