import { z } from 'zod'
import type { Passkey } from '../../store/passkeys.ts'
import type { Schema } from '../http/endpoint.ts'
import { Time } from '../http/schemas.ts'

export interface PasskeyBody {
  readonly id: string
  readonly name: string
  readonly created_at: string
  readonly last_used_at: string | null
  readonly synced: boolean
  readonly verifies_user: boolean
}

export const PasskeyBody: Schema<PasskeyBody> = z.object({
  id: z.uuid(),
  name: z.string(),
  created_at: Time,
  last_used_at: Time.nullable(),
  synced: z.boolean().meta({ description: 'Whether it is backed up, and so may be on more than one device' }),
  verifies_user: z
    .boolean()
    .meta({ description: 'Whether it can sign in on its own; otherwise it is only a second factor' }),
})

export function passkeyBody({ id, name, createdAt, lastUsedAt, isBackedUp, verifiesUser }: Passkey): PasskeyBody {
  return {
    id,
    name,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
    synced: isBackedUp,
    verifies_user: verifiesUser,
  }
}

/** The name that the user gives a passkey. */
export const PasskeyNameText: z.ZodType<string> = z
  .string()
  .trim()
  .regex(/^\P{C}{1,64}$/u, 'must have 1 to 64 characters, and no control or invisible ones')
