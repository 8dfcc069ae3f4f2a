import { endSessionOfCaller } from '../../accounts/sessions/end-own-sessions.ts'
import { callerOf, type Endpoint } from '../http/endpoint.ts'

export const endSession: Endpoint = {
  method: 'delete',
  path: '/sessions/:id',
  summary: "Ends one of the user's sessions",
  guard: {},
  answer: { status: 204, description: 'The session has ended, or had ended before' },
  refusals: ['session_not_found'],
  async handle(c, parts) {
    await endSessionOfCaller(parts, callerOf(c), c.req.param('id') ?? '', c.var.origin)
    return c.body(null, 204)
  },
}
