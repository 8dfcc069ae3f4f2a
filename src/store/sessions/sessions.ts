import { CompiledQuery, type ExpressionBuilder, type Selectable } from 'kysely'
import type { Sql } from '../engine/database.ts'
import { type SessionRow, sessionColumns, type Tables } from '../tables.ts'
import { findSessionRows } from './session-batches.ts'

/** A login on one device: a family of refresh tokens of which one is valid at a time. */
export interface Session {
  /** UUIDv7. The `sid` of the session's access tokens. */
  readonly id: string
  readonly userId: string
  /** The `gen` of valid access tokens. Those of an earlier generation are revoked, while the session continues. */
  readonly generation: number
  readonly createdAt: Date
  /** When it was begun, or last refreshed. */
  readonly lastUsedAt: Date
  /** The session expires then unless it is used before. */
  readonly idleExpiresAt: Date
  /** The session expires then, used or not. */
  readonly expiresAt: Date
  /** As of the last use. */
  readonly userAgent: string | null
  /** The IP address of the client, as of the last use. */
  readonly address: string | null
  /** When it was ended before it expired; `null` if it was not. */
  readonly revokedAt: Date | null
  /** The reason, such as `logout` or `password_changed`. */
  readonly revokedWhy: string | null
  /** How the user was authenticated (RFC 8176): `pwd`, `otp`, `mfa` and so on. */
  readonly amr: readonly string[]
  /** When the user last authenticated: `auth_time` of the access tokens. */
  readonly authenticatedAt: Date
  /** When a second factor was last proven. */
  readonly factorAt: Date | null
}

/** What an access token says of its session. */
export type SignedSession = Pick<Session, 'id' | 'userId' | 'generation' | 'amr' | 'authenticatedAt'>

/** Why a session was ended before it expired. */
export type RevocationReason =
  | 'logout'
  | 'ended_by_user'
  | 'ended_by_operator'
  | 'password_changed'
  | 'email_changed'
  | 'factors_changed'
  | 'user_disabled'
  | 'user_deleted'
  | 'refresh_token_reused'
  | 'session_limit'
  | 'account_adopted'
  | 'identity_removed'

export interface NewSession {
  readonly id: string
  readonly userId: string
  readonly familyHash: string
  readonly refreshHash: string
  readonly now: Date
  readonly idleExpiresAt: Date
  readonly expiresAt: Date
  readonly userAgent: string | null
  readonly address: string | null
  readonly amr: readonly string[]
  /** If the user authenticated earlier than now. */
  readonly authenticatedAt?: Date
  /** Whether to return the addresses from which the user was logged in before. */
  readonly asksAddresses?: boolean
}

/** A new session, and how many others its user has. */
export interface BegunSession {
  readonly session: SignedSession
  /** Whether the number of other sessions that have not been ended has reached the maximum. */
  readonly isFullOfLiving: boolean
  /** Whether the number of other sessions, ended ones included, has reached twice the maximum. */
  readonly isFull: boolean
  /** The addresses of the user's other sessions, if they were asked for; empty if none had one. */
  readonly otherAddresses: readonly string[]
}

/** @param allowed The maximum number of sessions per user. */
export async function insertSession(sql: Sql, session: NewSession, allowed: number): Promise<BegunSession> {
  const { id, userId, amr, authenticatedAt = session.now } = session
  const values = [
    id,
    userId,
    session.familyHash,
    session.refreshHash,
    session.now.getTime(),
    session.idleExpiresAt.getTime(),
    session.expiresAt.getTime(),
    session.userAgent,
    session.address,
    JSON.stringify(amr),
    amr.includes('mfa') ? session.now.getTime() : null,
    allowed - 1,
    2 * allowed - 1,
    authenticatedAt.getTime(),
  ]
  const text = session.asksAddresses ? insertAsking : insert
  const { rows } = await sql.executeQuery<NewRow>(CompiledQuery.raw(text, values))
  const row = rows[0] as NewRow
  return {
    session: { id, userId, generation: row.generation, amr, authenticatedAt },
    isFullOfLiving: row.living !== null,
    isFull: row.others !== null,
    otherAddresses: row.addresses === null ? [] : row.addresses.split(' '),
  }
}

interface NewRow {
  readonly generation: number
  readonly living: 1 | null
  readonly others: 1 | null
  readonly addresses: string | null
}

const othersOfUser = 'FROM hallpass_sessions others WHERE others.user_id = $2 AND others.id <> $1'
const insert = insertText('NULL')
/**
 * Looks only at the newest sessions, so that it stays bounded, and does so in the statement that inserts the session,
 * so that a login needs no further query.
 */
const insertAsking = insertText(`(SELECT string_agg(address, ' ') FROM (SELECT DISTINCT address
    FROM (SELECT address ${othersOfUser} ORDER BY revoked_at DESC, id DESC LIMIT 100) newest
    WHERE address IS NOT NULL) places)`)

function insertText(addresses: string): string {
  return `
  INSERT INTO hallpass_sessions (id, user_id, family_hash, refresh_hash, created_at, last_used_at, authenticated_at,
    idle_expires_at, expires_at, user_agent, address, amr, factor_at)
  VALUES ($1, $2, $3, $4, $5, $5, $14, $6, $7, $8, $9, $10, $11)
  RETURNING generation,
    (SELECT 1 ${othersOfUser} AND others.revoked_at IS NULL LIMIT 1 OFFSET $12) AS living,
    (SELECT 1 ${othersOfUser} LIMIT 1 OFFSET $13) AS others,
    ${addresses} AS addresses`
}

/** A page of a user's sessions. */
export interface SessionPage {
  readonly sessions: readonly Session[]
  /** The `after` of the next page; `null` at the end. */
  readonly next: string | null
}

/**
 * The most rows that are read for a page. Expired ones are skipped, so a page may have fewer entries than were asked
 * for.
 */
const rowsOfPage = 250

/** The usable sessions of a user, newest first. */
export async function listSessions(
  sql: Sql,
  userId: string,
  { now, after, limit }: { readonly now: Date; readonly after?: string | undefined; readonly limit: number },
): Promise<SessionPage> {
  const rows = await findSessionRows(sql, { userId, beforeId: after }, rowsOfPage)
  const living = rows.map(toSession).filter(({ idleExpiresAt, expiresAt }) => idleExpiresAt > now && expiresAt > now)
  const sessions = living.slice(0, limit)
  if (living.length > limit) return { sessions, next: sessions.at(-1)?.id ?? null }
  return { sessions, next: rows.length < rowsOfPage ? null : (rows.at(-1)?.id ?? null) }
}

/** How many usable sessions a user has. */
export async function countSessions(sql: Sql, userId: string, now: Date): Promise<number> {
  const { count } = await sql
    .selectFrom('hallpass_sessions')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('idle_expires_at', '>', now.getTime())
    .where('expires_at', '>', now.getTime())
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function findSession(sql: Sql, id: string): Promise<Session | undefined> {
  const row = await sql.selectFrom('hallpass_sessions').select(sessionColumns).where('id', '=', id).executeTakeFirst()
  return row && toSession(row)
}

/** How many of the newest sessions are searched. */
const rowsOfAddresses = 1000

/**
 * The addresses from which a user has been logged in: attempts from there are not a stranger's.
 * @param withFactor Only sessions in which a second factor was proven.
 */
export async function listKnownAddresses(
  sql: Sql,
  userId: string,
  { withFactor = false }: { readonly withFactor?: boolean } = {},
): Promise<string[]> {
  const newest = sql
    .selectFrom('hallpass_sessions')
    .select(['address', 'factor_at'])
    .where('user_id', '=', userId)
    .orderBy('revoked_at', 'desc')
    .orderBy('id', 'desc')
    .limit(rowsOfAddresses)
  const rows = await sql
    .selectFrom(newest.as('newest'))
    .select('address')
    .distinct()
    .where('address', 'is not', null)
    .$if(withFactor, (query) => query.where('factor_at', 'is not', null))
    .limit(100)
    .execute()
  return rows.map(({ address }) => address as string)
}

/** Which sessions to change: one, several, all of a user's, or all but one. */
export type SessionChoice = { readonly exceptId?: string | undefined } & (
  | { readonly userId: string; readonly id?: string; readonly ids?: undefined }
  | { readonly userId?: undefined; readonly id: string; readonly ids?: undefined }
  /** At least one. */
  | { readonly userId?: undefined; readonly id?: undefined; readonly ids: readonly string[] }
)

/**
 * The condition for a choice.
 * @throws {TypeError} if nothing is chosen: without a condition, a statement would change the sessions of all users
 */
function isChosen({ userId, id, ids, exceptId }: SessionChoice) {
  if ((userId ?? id ?? ids ?? undefined) === undefined) throw new TypeError('No sessions are chosen')
  return ({ eb, and }: ExpressionBuilder<Tables, 'hallpass_sessions'>) =>
    and([
      ...(userId === undefined ? [] : [eb('user_id', '=', userId)]),
      ...(id === undefined ? [] : [eb('id', '=', id)]),
      ...(ids === undefined ? [] : [eb('id', 'in', ids)]),
      ...(exceptId === undefined ? [] : [eb('id', '<>', exceptId)]),
    ])
}

/** A session that has just been ended, and its user. */
export interface EndedSession {
  readonly id: string
  readonly userId: string
}

/** @returns The sessions that had not been ended before. */
export async function revokeSessions(
  sql: Sql,
  choice: SessionChoice,
  why: RevocationReason,
  now: Date,
): Promise<EndedSession[]> {
  const rows = await sql
    .updateTable('hallpass_sessions')
    .set({ revoked_at: now.getTime(), revoked_why: why, sealed_successor: null })
    .where('revoked_at', 'is', null)
    .where(isChosen(choice))
    .returning(['id', 'user_id'])
    .execute()
  return rows.map((row) => ({ id: row.id, userId: row.user_id }))
}

/** Begins a new generation of access tokens in sessions that have not been ended. */
export async function advanceSessions(sql: Sql, choice: SessionChoice): Promise<{ id: string; generation: number }[]> {
  return sql
    .updateTable('hallpass_sessions')
    .set(({ eb }) => ({ generation: eb('generation', '+', 1) }))
    .where('revoked_at', 'is', null)
    .where(isChosen(choice))
    .returning(['id', 'generation'])
    .execute()
}

/** The columns of a session that access tokens are made from. */
export const signedColumns = ['id', 'user_id', 'generation', 'amr', 'created_at', 'authenticated_at'] as const
export type SignedRow = Pick<Selectable<SessionRow>, (typeof signedColumns)[number]>

export function toSignedSession(row: SignedRow): SignedSession {
  return {
    id: row.id,
    userId: row.user_id,
    generation: row.generation,
    amr: JSON.parse(row.amr),
    authenticatedAt: new Date(Number(row.authenticated_at ?? row.created_at)),
  }
}

export function toSession(row: Selectable<SessionRow>): Session {
  return {
    ...toSignedSession(row),
    createdAt: new Date(Number(row.created_at)),
    lastUsedAt: new Date(Number(row.last_used_at)),
    idleExpiresAt: new Date(Number(row.idle_expires_at)),
    expiresAt: new Date(Number(row.expires_at)),
    userAgent: row.user_agent,
    address: row.address,
    revokedAt: row.revoked_at === null ? null : new Date(Number(row.revoked_at)),
    revokedWhy: row.revoked_why,
    factorAt: row.factor_at === null ? null : new Date(Number(row.factor_at)),
  }
}
