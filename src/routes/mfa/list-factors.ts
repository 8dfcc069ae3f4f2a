import { z } from 'zod'
import { factorsOf } from '../../accounts/users/factors.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { Time } from '../http/schemas.ts'

/** An authenticator app. */
export interface FactorBody {
  readonly id: string
  readonly name: string
  readonly created_at: string
  readonly last_used_at: string | null
}

const FactorBody: Schema<FactorBody> = z.object({
  id: z.uuid(),
  name: z.string(),
  created_at: Time,
  last_used_at: Time.nullable(),
})

export interface FactorsBody {
  readonly totp: readonly FactorBody[]
  readonly recovery_codes_left: number
}

const FactorsBody: Schema<FactorsBody> = z.object({
  totp: z.array(FactorBody).meta({ description: 'Authenticator apps, the oldest first' }),
  recovery_codes_left: z.int(),
})

export const listFactors: Endpoint = defineEndpoint(
  {
    id: 'listFactors',
    method: 'get',
    path: '/mfa',
    summary: 'Lists the second factors of the user',
    guard: {},
    answers: { 200: { description: 'The factors, without their secrets', schema: FactorsBody } },
    refusals: [],
  },
  async ({ caller }, parts) => {
    const { totp, recoveryCodesLeft } = await factorsOf(parts, caller.userId)
    const apps = totp.map(({ id, name, createdAt, lastUsedAt }) => ({
      id,
      name,
      created_at: createdAt.toISOString(),
      last_used_at: lastUsedAt?.toISOString() ?? null,
    }))
    return { status: 200, body: { totp: apps, recovery_codes_left: recoveryCodesLeft } }
  },
)
