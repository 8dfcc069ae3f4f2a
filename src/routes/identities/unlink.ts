import { z } from 'zod'
import { unlink } from '../../accounts/identities/unlink.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

const Params: Schema<{ readonly id: string }> = z.object({ id: z.string() })

export const unlinkIdentity: Endpoint = defineEndpoint(
  {
    id: 'unlinkIdentity',
    method: 'delete',
    path: '/identities/:id',
    summary: 'Unlinks an account at a provider, and ends the other sessions',
    guard: {},
    params: Params,
    answers: { 204: { description: 'Unlinked' } },
    refusals: ['session_required', 'insufficient_user_authentication', 'identity_not_found', 'last_way_in'],
  },
  async ({ params, caller, origin }, parts) => {
    await unlink(parts, caller, params.id, origin)
    return { status: 204 }
  },
)
