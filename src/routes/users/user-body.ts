import { z } from 'zod'
import type { User } from '../../store/users/users.ts'
import type { Schema } from '../http/endpoint.ts'
import { schemaNames, Time } from '../http/schemas.ts'

/** A user as registration shows it. */
export interface UserBody {
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly created_at: string
}

/** A user as the user sees it. */
export interface MeBody extends UserBody {
  readonly email_verified: boolean
  readonly roles: readonly string[]
  /** Always there in an answer; a page that was rendered on a server may leave it out. */
  readonly has_password?: boolean | undefined
}

const members = {
  // Not a UUID: an imported account keeps the id that it had.
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
