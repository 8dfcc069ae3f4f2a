import { z } from 'zod'
import type { Device } from '../../core/devices/device.ts'
import type { Session } from '../../store/sessions/sessions.ts'
import type { Schema } from '../http/endpoint.ts'
import { DeviceBody, schemaNames, Time } from '../http/schemas.ts'

/** A session as its user sees it. */
export interface SessionBody {
  readonly id: string
  readonly created_at: string
  readonly last_used_at: string
  readonly expires_at: string
  readonly user_agent: string | null
  readonly address: string | null
  readonly device: Device | null
  readonly amr: readonly string[]
  readonly current: boolean
}

export const SessionBody: Schema<SessionBody> = z
  .object({
    id: z.uuid(),
    created_at: Time,
    last_used_at: Time,
    expires_at: Time.meta({ description: 'When the session ends unless it is used' }),
    user_agent: z.string().nullable(),
    address: z.string().nullable(),
    device: DeviceBody,
    amr: z.array(z.string()).meta({ description: 'How the user was authenticated (RFC 8176)' }),
    current: z.boolean().meta({ description: 'Whether it is the session of this request' }),
  })
  .register(schemaNames, { name: 'Session' })

export async function sessionBody(session: Session, currentId: string | undefined): Promise<SessionBody> {
  const { id, createdAt, lastUsedAt, idleExpiresAt, expiresAt, userAgent, address, amr } = session
  const { deviceOf } = await import('../../core/devices/device-name.ts')
  const end = idleExpiresAt < expiresAt ? idleExpiresAt : expiresAt
  return {
    id,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt.toISOString(),
    expires_at: end.toISOString(),
    user_agent: userAgent,
    address,
    device: deviceOf(userAgent) ?? null,
    amr,
    current: id === currentId,
  }
}
