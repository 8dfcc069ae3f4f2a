import type { Selectable } from 'kysely'
import type { Sql } from './engine/database.ts'
import type { DeviceRow } from './tables.ts'

/** A device on which a user is not asked for the second factor. Its secret is not among what is known of it. */
export interface TrustedDevice {
  readonly id: string
  readonly secretHash: string
  readonly userAgent: string | null
  readonly address: string | null
  readonly createdAt: Date
  readonly lastUsedAt: Date
  readonly expiresAt: Date
}

/** Keeps a device of a user who was locked in this transaction, and removes the least recently used of too many. */
export async function addDevice(
  trx: Sql,
  userId: string,
  { id, secretHash, userAgent, address, createdAt, lastUsedAt, expiresAt }: TrustedDevice,
  most: number,
): Promise<void> {
  const kept = trx
    .selectFrom('hallpass_devices')
    .select('id')
    .where('user_id', '=', userId)
    .orderBy('last_used_at', 'desc')
    .orderBy('id', 'desc')
    .limit(most - 1)
  await trx.deleteFrom('hallpass_devices').where('user_id', '=', userId).where('id', 'not in', kept).execute()
  await trx
    .insertInto('hallpass_devices')
    .values({
      id,
      user_id: userId,
      secret_hash: secretHash,
      user_agent: userAgent,
      address,
      created_at: createdAt.getTime(),
      last_used_at: lastUsedAt.getTime(),
      expires_at: expiresAt.getTime(),
    })
    .execute()
}

/** Which device of a user. */
export interface DeviceName {
  readonly userId: string
  readonly secretHash: string
}

/**
 * Notes that a device is used. Its end stays where it is.
 * @param trustedSince One that was trusted before this is no longer: the time may have been shortened meanwhile.
 * @returns Its id; `undefined` for one that is unknown, another user's or over.
 */
export async function noteDeviceUse(
  trx: Sql,
  { userId, secretHash }: DeviceName,
  { at, trustedSince }: { readonly at: Date; readonly trustedSince: Date },
): Promise<string | undefined> {
  const row = await trx
    .updateTable('hallpass_devices')
    .set({ last_used_at: at.getTime() })
    .where('user_id', '=', userId)
    .where('secret_hash', '=', secretHash)
    .where('expires_at', '>', at.getTime())
    .where('created_at', '>', trustedSince.getTime())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

/** Those of a user that are not over, the newest first. */
export async function listDevices(sql: Sql, userId: string, now: Date): Promise<TrustedDevice[]> {
  const rows = await sql
    .selectFrom('hallpass_devices')
    .selectAll()
    .where('user_id', '=', userId)
    .where('expires_at', '>', now.getTime())
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toDevice)
}

/** Removes one device of a user. @returns Whether there was one. */
export async function deleteDevice(
  trx: Sql,
  name: DeviceName | { readonly userId: string; readonly id: string },
): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('hallpass_devices')
    .where('user_id', '=', name.userId)
    .where((row) => ('id' in name ? row('id', '=', name.id) : row('secret_hash', '=', name.secretHash)))
    .executeTakeFirst()
  return numDeletedRows === 1n
}

/** @returns How many the user had. */
export async function deleteDevicesOf(trx: Sql, userId: string): Promise<number> {
  const { numDeletedRows } = await trx.deleteFrom('hallpass_devices').where('user_id', '=', userId).executeTakeFirst()
  return Number(numDeletedRows)
}

/** @returns How many. */
export async function deleteEndedDevices(sql: Sql, now: Date, limit: number): Promise<number> {
  const ended = sql.selectFrom('hallpass_devices').select('id').where('expires_at', '<=', now.getTime()).limit(limit)
  const { numDeletedRows } = await sql.deleteFrom('hallpass_devices').where('id', 'in', ended).executeTakeFirst()
  return Number(numDeletedRows)
}

function toDevice(row: Selectable<DeviceRow>): TrustedDevice {
  return {
    id: row.id,
    secretHash: row.secret_hash,
    userAgent: row.user_agent,
    address: row.address,
    createdAt: new Date(Number(row.created_at)),
    lastUsedAt: new Date(Number(row.last_used_at)),
    expiresAt: new Date(Number(row.expires_at)),
  }
}
