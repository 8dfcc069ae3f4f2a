import type { Selectable } from 'kysely'
import type { Database, Sql } from '../engine/database.ts'
import { type SessionRow, sessionColumns } from '../tables.ts'
import { toUser, type User, withoutHash } from '../users/users.ts'
import type { LockedUser } from './logins.ts'
import { type BegunSession, insertSession, type NewSession, type Session, toSession } from './sessions.ts'

declare const readTogether: unique symbol

/**
 * What an access token says of a user and a session. Only the functions of this file make one, because both must be read
 * of one state of the database: in one statement, or under a lock.
 *
 * Then a token that is signed later, while the user is changed, is safe: every change of what a token says advances
 * the generation of the user's sessions in its own transaction, and revokes earlier ones. Roles from before it come with a
 * generation from before it. Two reads could bring the old roles and the new generation together, and such a token would
 * outlive the change.
 */
export interface TokenSubject {
  readonly roles: readonly string[]
  readonly session: Session
  /** Absent after a rotation, which reads no more than every token says. */
  readonly user?: User
  /** Before it was read, by the steady clock, in milliseconds: the token ends one life after this. */
  readonly readAt: number
  readonly [readTogether]: true
}

/** A subject with the secrets' hashes, which do not leave the server. */
export interface FoundSubject {
  readonly subject: TokenSubject & { readonly user: User }
  readonly passwordHash: string
  readonly refresh: RefreshState
}

/** Which refresh tokens of a session are known, by their SHA-256. */
export interface RefreshState {
  /** The good one. */
  readonly hash: string
  /** The one that was spent for it. */
  readonly previousHash: string | null
  readonly previousSpentAt: Date | null
  /** Those that were spent a moment before, and the one that was answered a second time: beginnings of their hashes. */
  readonly recentSpends: readonly { readonly hashStart: string; readonly spentAt: Date }[]
  /** Whether the one that was spent last may be answered a second time, however long ago it was spent. */
  readonly isRecoverable: boolean
}

/** The session with its user, whatever state both are in; by its own name, or by that of its refresh tokens. */
export async function findSubject(
  sql: Sql,
  by: { readonly sessionId: string } | { readonly familyHash: string },
): Promise<FoundSubject | undefined> {
  const readAt = performance.now()
  const row = await sql
    .selectFrom('hallpass_sessions')
    .innerJoin('hallpass_users', 'hallpass_users.id', 'hallpass_sessions.user_id')
    .select(sessionColumns.map((column) => `hallpass_sessions.${column}` as const))
    .select(['username', 'email', 'email_verified_at', 'password_hash', 'second_factors', 'roles', 'disabled_at'])
    .select(['tokens_valid_after', 'last_login_at', 'updated_at', 'hallpass_users.created_at as user_created_at'])
    .$if('sessionId' in by, (query) => query.where('hallpass_sessions.id', '=', 'sessionId' in by ? by.sessionId : ''))
    .$if('familyHash' in by, (query) => query.where('family_hash', '=', 'familyHash' in by ? by.familyHash : ''))
    .executeTakeFirst()
  if (row === undefined) return undefined
  const user = toUser({ ...row, id: row.user_id, created_at: row.user_created_at })
  return {
    subject: makeSubject({ roles: user.roles, session: toSession(row), user, readAt }),
    passwordHash: row.password_hash,
    refresh: toRefreshState(row),
  }
}

/**
 * Begins the session of a user who was locked in this transaction. The user was read when they were locked, and the session
 * is new: no one can have changed either when the transaction ends.
 */
export async function beginSession(
  trx: Sql,
  { user, readAt }: LockedUser,
  session: Omit<NewSession, 'userId'>,
  allowed: number,
): Promise<BegunSession & { readonly subject: TokenSubject }> {
  const begun = await insertSession(trx, { ...session, userId: user.id }, allowed)
  const subject = makeSubject({ roles: user.roles, session: begun.session, user: withoutHash(user), readAt })
  return { ...begun, subject }
}

/** One refresh token for the next. */
export interface Rotation {
  readonly familyHash: string
  readonly presentedHash: string
  readonly nextHash: string
  readonly now: Date
  /** Earlier spends are remembered if the last one is not from before this. */
  readonly spendsSince: Date
  readonly idleExpiresAt: Date
  readonly userAgent: string | null
  readonly address: string | null
}

/**
 * Spends a refresh token: one statement, so that of many at once one succeeds. It is written out, because it is what a
 * busy server does most: building it anew each time costs half as much as running it.
 * @returns Nothing where the token is not the good one, or the session or its user may not go on.
 */
export async function rotateSession(
  { kind, query, sql }: Pick<Database, 'kind' | 'query' | 'sql'>,
  rotation: Rotation,
): Promise<TokenSubject | undefined> {
  const readAt = performance.now()
  const { rows } = await query(rotate[kind], [
    rotation.familyHash,
    rotation.presentedHash,
    rotation.nextHash,
    rotation.now.getTime(),
    rotation.idleExpiresAt.getTime(),
    rotation.userAgent,
    rotation.address,
    rotation.spendsSince.getTime(),
  ])
  const [row] = rows as (Selectable<SessionRow> & { beside: string | null })[]
  if (row === undefined || row.beside === null) return undefined
  const [, generation, roles = ''] = /^(\d+) (.*)$/s.exec(row.beside) ?? []
  if (Number(generation) === row.generation) {
    return makeSubject({ roles: JSON.parse(roles), session: toSession(row), readAt })
  }
  const found = await findSubject(sql, { sessionId: row.id })
  return found?.subject.user.disabledAt === null ? found.subject : undefined
}

/** How many spends a session remembers besides the last one, 31 characters each: those of a client that races with itself. */
const maxSpends = 31
const hashStartLength = 16

/**
 * PostgreSQL changes and returns the newest version of the session, but what is selected beside it is of the moment in
 * which the statement began: it may have waited since for a transaction that changed both. So the generation is selected too, from
 * that same moment. Where it is not the generation that was returned, a change came in between, and the roles may be those
 * from before it: both are read anew then. SQLite has one writer, and no such moment.
 *
 * A user who is disabled meanwhile is not missed: that ends the session, of which the newest version is looked at. For the
 * same reason it does not matter that the token of a user who was disabled before is spent and then refused.
 */
const rotate = {
  sqlite: rotateText(`
    SELECT generation || ' ' || roles FROM hallpass_users u WHERE u.id = user_id AND disabled_at IS NULL`),
  postgres: rotateText(`
    SELECT before.generation || ' ' || u.roles
    FROM hallpass_users u JOIN hallpass_sessions before ON before.user_id = u.id
    WHERE before.id = hallpass_sessions.id AND u.disabled_at IS NULL`),
}

function rotateText(beside: string): string {
  return `
    UPDATE hallpass_sessions
    SET refresh_hash = $3, previous_hash = $2, previous_spent_at = $4, sealed_successor = NULL,
      spends = CASE WHEN previous_spent_at >= $8 OR recovered_at >= $8
        THEN substr(previous_hash, 1, ${hashStartLength}) || '.' || previous_spent_at || ';'
          || substr(spends, 1, ${(maxSpends - 1) * (hashStartLength + 15)})
        ELSE '' END,
      recovered_at = CASE WHEN recovered_at > 0 THEN 0 ELSE NULL END,
      last_used_at = $4, idle_expires_at = $5, user_agent = $6, address = $7
    WHERE family_hash = $1 AND refresh_hash = $2
      AND revoked_at IS NULL AND idle_expires_at > $4 AND expires_at > $4
    RETURNING ${sessionColumns.join(', ')}, (${beside}) AS beside`
}

/**
 * Notes that the token which was spent last is answered a second time, which counts as if it were spent now.
 * @returns Nothing where its successor was used meanwhile, or the session ended.
 */
export async function noteRecovery(
  sql: Sql,
  {
    sessionId,
    spentHash,
    goodHash,
    now,
  }: { readonly sessionId: string; readonly spentHash: string; readonly goodHash: string; readonly now: Date },
): Promise<TokenSubject | undefined> {
  const entry = `${spentHash.slice(0, hashStartLength)}.${now.getTime()};`
  const { numUpdatedRows } = await sql
    .updateTable('hallpass_sessions')
    .set(({ val, fn, eb }) => ({
      recovered_at: now.getTime(),
      spends: eb(val(entry), '||', fn<string>('substr', ['spends', val(1), val((maxSpends - 1) * entry.length)])),
    }))
    .where('id', '=', sessionId)
    .where('refresh_hash', '=', goodHash)
    .where('previous_hash', '=', spentHash)
    .where('revoked_at', 'is', null)
    .where(({ eb, or }) => or([eb('recovered_at', 'is', null), eb('recovered_at', '>', 0)]))
    .executeTakeFirst()
  return numUpdatedRows === 1n ? (await findSubject(sql, { sessionId }))?.subject : undefined
}

function toRefreshState(row: Selectable<SessionRow>): RefreshState {
  return {
    hash: row.refresh_hash,
    previousHash: row.previous_hash,
    previousSpentAt: row.previous_spent_at === null ? null : new Date(Number(row.previous_spent_at)),
    recentSpends: [...row.spends.matchAll(/([0-9a-f]{16})\.(\d+);/g)].map(([, hashStart = '', time]) => ({
      hashStart,
      spentAt: new Date(Number(time)),
    })),
    isRecoverable: row.recovered_at === null || Number(row.recovered_at) > 0,
  }
}

function makeSubject<Read extends Omit<TokenSubject, typeof readTogether>>(read: Read): Read & TokenSubject {
  return read as Read & TokenSubject
}
