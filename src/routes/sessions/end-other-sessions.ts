import { endOtherSessions as endOthers } from '../../accounts/sessions/end-own-sessions.ts'
import { callerOf, type Endpoint } from '../http/endpoint.ts'

export const endOtherSessions: Endpoint = {
  method: 'delete',
  path: '/sessions',
  summary: 'Ends all other sessions of the user',
  guard: {},
  answer: { status: 204, description: 'They have ended' },
  refusals: [],
  async handle(c, parts) {
    await endOthers(parts, callerOf(c), c.var.origin)
    return c.body(null, 204)
  },
}
