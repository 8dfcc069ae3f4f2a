import { z } from 'zod'
import { listIdentities as list } from '../../store/identities.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { Time } from '../http/schemas.ts'

/** A linked account. */
export interface IdentityBody {
  readonly id: string
  readonly provider: string
  readonly email: string | null
  readonly created_at: string
  readonly last_used_at: string | null
}

const IdentityBody: Schema<IdentityBody> = z.object({
  id: z.uuid(),
  provider: z.string().meta({ description: 'Its name, as in `GET /providers`' }),
  email: z.string().nullable().meta({ description: 'As the provider last stated it' }),
  created_at: Time,
  last_used_at: Time.nullable(),
})

export interface IdentitiesBody {
  readonly identities: readonly IdentityBody[]
}

const IdentitiesBody: Schema<IdentitiesBody> = z.object({ identities: z.array(IdentityBody) })

export const listIdentities: Endpoint = defineEndpoint(
  {
    id: 'listIdentities',
    method: 'get',
    path: '/identities',
    summary: 'Lists the linked accounts at other providers',
    guard: {},
    answers: { 200: { description: 'The oldest first', schema: IdentitiesBody } },
    refusals: [],
  },
  async ({ caller }, { database }) => {
    const identities = await list(database.sql, caller.userId)
    const bodies = identities.map(({ id, provider, email, createdAt, lastUsedAt }) => ({
      id,
      provider,
      email,
      created_at: createdAt.toISOString(),
      last_used_at: lastUsedAt?.toISOString() ?? null,
    }))
    return { status: 200, body: { identities: bodies } }
  },
)
