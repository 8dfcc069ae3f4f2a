import { z } from 'zod'
import type { User } from '../../store/users/users.ts'
import type { Schema } from '../http/endpoint.ts'
import { schemaNames, Time } from '../http/schemas.ts'

/** A user, as registration returns it. */
export interface UserBody {
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly created_at: string
}

/** A user, as shown to that user. */
export interface MeBody extends UserBody {
  readonly email_verified: boolean
  readonly roles: readonly string[]
  /** Always present in an answer; a page that was rendered on a server may omit it. */
  readonly has_password?: boolean | undefined
}

const members = {
  // Not necessarily a UUID: an imported account keeps its id.
  id: z.string().meta({ description: 'A UUID, or the id that an imported account had before' }),
  username: z.string(),
  email: z.string().nullable(),
  created_at: Time,
}

export const UserBody: Schema<UserBody> = z.object(members).register(schemaNames, { name: 'User' })

export const MeBody: Schema<MeBody> = z
  .object({ ...members, email_verified: z.boolean(), roles: z.array(z.string()), has_password: z.boolean().optional() })
  .register(schemaNames, { name: 'Me' })

export function userBody({ id, username, email, createdAt }: User): UserBody {
  return { id, username, email, created_at: createdAt.toISOString() }
}
