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
import { requiresFactor } from './required-factor.ts'

const prefix = 'hp_td_'
const secretBytes = 32
/** Maximum per user. */
const mostDevices = 20

/** Settings that decide whether a device may be trusted. */
export interface TrustSettings {
  readonly mfaRoles: readonly string[]
  /** How long a device is trusted. 0: no device is trusted. */
  readonly trustedDeviceSeconds: number
}

/** The token of a device that a user just chose to trust. Only its hash is kept. */
export interface MadeTrust {
  readonly token: string
  readonly userId: string
  readonly seconds: number
}

/** Hashes a device token. It has 256 random bits, so a plain hash is enough. `undefined` for any other text. */
export function trustHashOf(token: string | undefined): string | undefined {
  if (token === undefined || !/^hp_td_[\w-]{43}$/.test(token)) return undefined
  return createHash('sha256').update(token).digest('hex')
}

/**
 * Finds a trusted device that replaces the second factor. This runs in the transaction of the login, which has locked
 * the user, so a change that removes the device is committed either before or after it.
 * @returns The id of the device; `undefined` if the second factor is still required.
 */
export async function findTrust(
  trx: Sql,
  settings: TrustSettings,
  user: User,
  token: string | undefined,
  at: Date,
): Promise<string | undefined> {
  const secretHash = trustableHash(settings, user, token)
  if (secretHash === undefined) return undefined
  const trustedSince = later(at, -settings.trustedDeviceSeconds)
  return noteDeviceUse(trx, { userId: user.id, secretHash }, { at, trustedSince })
}

/**
 * Hashes the token that a client presents at a login. `undefined` if no device can replace the user's second factor with
 * it; otherwise `findTrust` decides.
 */
export function trustableHash(settings: TrustSettings, user: User, token: string | undefined): string | undefined {
  const canTrust = settings.trustedDeviceSeconds > 0 && !requiresFactor(user, settings)
  return canTrust ? trustHashOf(token) : undefined
}

/**
 * Trusts the device on which a user has just proven a second factor, and revokes the token that it had before. Does
 * nothing if a role of the user requires a second factor at every login.
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
  const { trustedDeviceSeconds: seconds } = parts.gate
  if (seconds === 0 || requiresFactor(user, parts.gate)) return undefined
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
