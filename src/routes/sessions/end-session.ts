import { z } from 'zod'
import { endSessionOfCaller } from '../../accounts/sessions/end-own-sessions.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

const Params: Schema<{ readonly id: string }> = z.object({ id: z.string() })

export const endSession: Endpoint = defineEndpoint(
  {
    id: 'endSession',
    method: 'delete',
    path: '/sessions/:id',
    summary: "Ends one of the user's sessions",
    guard: {},
    params: Params,
    answers: { 204: { description: 'The session has ended, or had ended before' } },
    refusals: ['session_not_found'],
  },
  async ({ params, caller, origin }, parts) => {
    await endSessionOfCaller(parts, caller, params.id, origin)
    return { status: 204 }
  },
)
