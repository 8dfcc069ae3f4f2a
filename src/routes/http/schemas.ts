import { z } from 'zod'
import type { Session } from '../../store/sessions.ts'
import type { User } from '../../store/users.ts'

type Text = z.ZodString

/** A password to check. Rules for new passwords apply elsewhere. */
export const PasswordText: Text = z.string().meta({ format: 'password' })

export const ErrorBody: z.ZodType = z.object({
  code: z.string().meta({ description: 'Stable, for programs' }),
  msg: z.string().meta({ description: 'For people; may change' }),
  members: z
    .array(z.object({ member: z.string(), msg: z.string() }))
    .optional()
    .meta({ description: 'The invalid members, with `invalid_request`' }),
})

export const TokensBody: z.ZodType = z.object({
  access_token: z.string().optional().meta({ description: 'Not with cookies' }),
  refresh_token: z.string().optional().meta({ description: 'Valid once; `hp_rt_…`. Not with cookies' }),
  device_token: z
    .string()
    .optional()
    .meta({ description: 'After a login: send it with the next login on this device; `hp_dv_…`. Not with cookies' }),
  token_type: z.literal('Bearer'),
  expires_in: z.int().meta({ description: 'Lifetime of the access token in seconds' }),
})

const time = z.iso.datetime()

export const UserBody: z.ZodType = z.object({
  id: z.uuid(),
  username: z.string(),
  email: z.string().nullable(),
  created_at: time,
})

export const MeBody: z.ZodType = z.object({
  id: z.uuid(),
  username: z.string(),
  email: z.string().nullable(),
  roles: z.array(z.string()),
  created_at: time,
})

export const SessionBody: z.ZodType = z.object({
  id: z.uuid(),
  created_at: time,
  last_used_at: time,
  expires_at: time.meta({ description: 'When the session ends unless it is used' }),
  user_agent: z.string().nullable(),
  address: z.string().nullable(),
  current: z.boolean().meta({ description: 'Whether it is the session of this request' }),
})

/** A user as registration shows it. */
export function userBody({ id, username, email, createdAt }: User): Record<string, unknown> {
  return { id, username, email, created_at: createdAt.toISOString() }
}

export function sessionBody(session: Session, currentId: string | undefined): Record<string, unknown> {
  const { id, createdAt, lastUsedAt, idleExpiresAt, expiresAt, userAgent, address } = session
  const end = idleExpiresAt < expiresAt ? idleExpiresAt : expiresAt
  return {
    id,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt.toISOString(),
    expires_at: end.toISOString(),
    user_agent: userAgent,
    address,
    current: id === currentId,
  }
}
