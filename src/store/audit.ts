import { CompiledQuery } from 'kysely'
import { uuidv7 } from 'uuidv7'
import type { Sql } from './engine/database.ts'
import { firstIdAt } from './engine/ids.ts'
import type { AuditRow } from './tables.ts'

/**
 * What happened. The event also says who did it, when and from where, and never contains a secret. Events named in
 * `AnnouncedEventName` are not stored.
 */
export type AuditEventName =
  | 'user_registered'
  | 'user_imported'
  | 'login_succeeded'
  | 'login_challenged'
  | 'login_failed'
  | 'reauthenticated'
  | 'factor_added'
  | 'factor_removed'
  | 'factors_reset'
  | 'factor_refused'
  | 'factor_locked'
  | 'passkey_counter_fell'
  | 'device_trusted'
  | 'device_removed'
  | 'recovery_codes_made'
  | 'recovery_code_used'
  | 'logout'
  | 'refresh_token_reused'
  | 'refresh_token_recovered'
  | 'session_ended'
  | 'password_changed'
  | 'password_removed'
  | 'password_reset_requested'
  | 'password_reset'
  | 'email_verification_requested'
  | 'email_verified'
  | 'email_removed'
  | 'email_change_requested'
  | 'email_change_cancelled'
  | 'email_changed'
  | 'email_restored'
  | 'username_changed'
  | 'one_time_link_made'
  | 'limits_cleared'
  | 'email_sign_in_requested'
  | 'account_adopted'
  | 'identity_added'
  | 'identity_removed'
  | 'roles_changed'
  | 'user_disabled'
  | 'user_enabled'
  | 'user_deleted'
  | 'token_issued'
  | 'token_revoked'
  | 'client_added'
  | 'client_removed'
  | 'key_created'
  | 'key_activated'
  | 'key_retired'
  | 'key_gone'
  | 'key_revoked'
  | 'key_rewrapped'
  | 'mail_failed'
  | AnnouncedEventName

/** Events so frequent that storing them would add a row with every request. They are emitted, and not stored. */
export type AnnouncedEventName =
  | 'login_limited'
  | 'code_refused'
  | 'session_refreshed'
  | 'refresh_refused'
  | 'mail_sent'

/** What happened, when, to whose account and by whom. */
export interface AuditEvent {
  readonly event: AuditEventName
  readonly at: Date
  /** Whose account it was; `null` if it was none, such as for a key, or a failed login with an unknown name. */
  readonly userId: string | null
  readonly sessionId: string | null
  /** The IP address of the client; `null` if no client requested it, or its address is unknown. */
  readonly address: string | null
  /** The `User-Agent` header of the client. */
  readonly userAgent: string | null
  /** The `X-Request-Id` of the answer, if the request was given one: `hallpass serve` gives one to each. */
  readonly requestId: string | null
  /** Who did it, if it was not a user over the network: at the command line, the user name and the host name. */
  readonly actor: string | null
  /** What is particular to the event, such as `roles` of `roles_changed`. */
  readonly details: Readonly<Record<string, unknown>>
}

const columns = [
  'id',
  'at',
  'event',
  'user_id',
  'session_id',
  'address',
  'user_agent',
  'request_id',
  'actor',
  'details',
] as const satisfies readonly (keyof AuditRow)[]

/**
 * Written out, because nearly every change inserts one event, and building the statement each time costs more than
 * running it.
 */
const insertOne = `INSERT INTO hallpass_audit (${columns.join(', ')})
  VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`

/** SQLite limits how many values a statement can bind. */
const rowsAtOnce = 1000

export async function insertAuditEvents(sql: Sql, events: readonly AuditEvent[]): Promise<void> {
  const [event, ...others] = events
  if (event !== undefined && others.length === 0) {
    const row = toRow(event)
    await sql.executeQuery(
      CompiledQuery.raw(
        insertOne,
        columns.map((column) => row[column]),
      ),
    )
    return
  }
  for (let start = 0; start < events.length; start += rowsAtOnce) {
    await sql
      .insertInto('hallpass_audit')
      .values(events.slice(start, start + rowsAtOnce).map(toRow))
      .execute()
  }
}

function toRow(event: AuditEvent): AuditRow {
  return {
    id: uuidv7(),
    at: event.at.getTime(),
    event: event.event,
    user_id: event.userId,
    session_id: event.sessionId,
    address: event.address,
    user_agent: event.userAgent,
    request_id: event.requestId,
    actor: event.actor,
    details: JSON.stringify(event.details),
  }
}

/** Deletes up to `limit` of the events stored before a time, oldest first. @returns How many were deleted. */
export async function deleteAuditEvents(sql: Sql, before: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await sql
    .deleteFrom('hallpass_audit')
    .where('id', 'in', (query) =>
      query.selectFrom('hallpass_audit').select('id').where('id', '<', firstIdAt(before)).orderBy('id').limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}
