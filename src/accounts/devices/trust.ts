import { createHash, randomBytes } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { later } from '../../core/time.ts'
import { queueNotice } from '../../mail/notices.ts'
import type { OutboxParts } from '../../mail/outbox/outbox.ts'
import type { AuditEvent } from '../../store/audit.ts'
import { addDevice, deleteDevice, noteDeviceUse } from '../../store/devices.ts'
import type { Sql } from '../../store/engine/database.ts'
import type { User } from '../../store/users/users.ts'

const prefix = 'hp_td_'
const secretBytes = 32
/** Those that a user has at a time. */
const mostDevices = 20

/** What decides whether a device may be trusted. */
export interface TrustSettings {
  readonly mfaRoles: readonly string[]
  /** For how long. 0: no device is trusted. */
  readonly trustedDeviceSeconds: number
}

/** The token of a device that a user just chose to trust. Only its hash is kept. */
export interface MadeTrust {
  readonly token: string
  readonly userId: string
  readonly seconds: number
}

/** Of many bits: a plain hash is enough, and costs an attempt nothing. `undefined` for what is no such token. */
export function trustHashOf(token: string | undefined): string | undefined {
  if (token === undefined || !/^hp_td_[\w-]{43}$/.test(token)) return undefined
  return createHash('sha256').update(token).digest('hex')
}

/**
 * Looks at the device that takes the place of a second factor, in the transaction of the login, which has locked the user: a
 * change that removes the device comes before this or after.
 * @returns Its id; `undefined` where the factor is to be asked for.
 */
export async function findTrust(
  trx: Sql,
  { mfaRoles, trustedDeviceSeconds }: TrustSettings,
  { id: userId, roles }: User,
  token: string | undefined,
  at: Date,
): Promise<string | undefined> {
  const secretHash = trustHashOf(token)
  if (secretHash === undefined || trustedDeviceSeconds === 0 || isDemanded(roles, mfaRoles)) return undefined
  return noteDeviceUse(trx, { userId, secretHash }, { at, trustedSince: later(at, -trustedDeviceSeconds) })
}

/**
 * Trusts the device of a user who has just proven a second factor on it, in the place of what it had before. Not if a role of
 * the user demands a factor at each login.
 */
export async function trustDevice(
  trx: Sql,
  parts: OutboxParts & { readonly gate: TrustSettings },
  user: User,
  {
    previous,
    at,
    origin,
  }: { readonly previous: string | undefined; readonly at: Date; readonly origin: RequestOrigin },
): Promise<{ readonly made: MadeTrust; readonly event: AuditEvent } | undefined> {
  const { mfaRoles, trustedDeviceSeconds: seconds } = parts.gate
  if (seconds === 0 || isDemanded(user.roles, mfaRoles)) return undefined
  const token = prefix + randomBytes(secretBytes).toString('base64url')
  const { id: userId } = user
  const { userAgent, address } = origin
  const previousHash = trustHashOf(previous)
  if (previousHash !== undefined) await deleteDevice(trx, { userId, secretHash: previousHash })
  const device = {
    id: uuidv7(),
    secretHash: trustHashOf(token) ?? '',
    userAgent,
    address,
    createdAt: at,
    lastUsedAt: at,
    expiresAt: later(at, seconds),
  }
  await addDevice(trx, userId, device, mostDevices)
  const until = device.expiresAt.toISOString()
  await queueNotice(trx, parts, user, 'device_trusted', { until }, { at, origin })
  const event = makeEvent('device_trusted', at, origin, { userId, details: { device: device.id } })
  return { made: { token, userId, seconds }, event }
}

function isDemanded(roles: readonly string[], mfaRoles: readonly string[]): boolean {
  return roles.some((role) => mfaRoles.includes(role))
}
