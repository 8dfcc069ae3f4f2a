import type { Selectable } from 'kysely'
import type { Database, Sql } from '../engine/database.ts'
import { type Moment, thisMoment } from '../engine/moment.ts'
import { type SessionRow, sessionColumns } from '../tables.ts'
import { toRoles, toUser, type User, withoutHash } from '../users/users.ts'
import type { LockedUser } from './logins.ts'
import {
  type BegunSession,
  insertSession,
  type NewSession,
  type Session,
  type SignedRow,
  type SignedSession,
  signedColumns,
  toSession,
  toSignedSession,
} from './sessions.ts'

declare const readTogether: unique symbol

/**
 * What an access token says of a user and a session. Only the functions in this file create one, because both must be
 * read from one state of the database: in one statement, or under a lock.
 *
 * A token can then be signed safely while the user is being changed. Every change to what a token says advances the
 * generation of the user's sessions in the same transaction, which revokes earlier tokens, and roles from before the
 * change come with a generation from before it. Two separate reads could combine the old roles with the new generation,
 * and such a token would outlive the change.
 */
export interface TokenSubject {
  readonly roles: readonly string[]
  readonly session: SignedSession
  /** Absent after a rotation, which reads only what every token says. */
  readonly user?: User
  /** Taken before the read. The token expires one token life after it. */
  readonly readAt: Moment
  readonly [readTogether]: true
}

/** A subject with the hashes of its secrets, which never leave the server. */
export interface FoundSubject {
  readonly subject: TokenSubject & { readonly session: Session; readonly user: User }
  readonly passwordHash: string
  readonly refresh: RefreshState
}

/** The known refresh tokens of a session, as SHA-256 hashes. */
export interface RefreshState {
  /** The valid one. */
  readonly hash: string
  /** The one that was spent for it. */
  readonly previousHash: string | null
  readonly previousSpentAt: Date | null
  /** Tokens spent shortly before, and the one that was answered a second time, each as the beginning of its hash. */
  readonly recentSpends: readonly { readonly hashStart: string; readonly spentAt: Date }[]
  /** Whether the token spent last can be answered a second time, however long ago it was spent. */
  readonly isRecoverable: boolean
}

/** The session and its user in any state, found by the session's id or by that of its family of refresh tokens. */
export async function findSubject(
  sql: Sql,
  by: { readonly sessionId: string } | { readonly familyHash: string },
): Promise<FoundSubject | undefined> {
  const readAt = thisMoment()
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
 * Begins a session for a user whom this transaction has locked. The user was read under the lock and the session is
 * new, so no one else can change either before the transaction ends.
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

/** The replacement of one refresh token by the next. */
export interface Rotation {
  readonly familyHash: string
  readonly presentedHash: string
  readonly nextHash: string
  readonly now: Date
  /** Earlier spends are remembered only if the last one was at or after this time. */
  readonly spendsSince: Date
  readonly idleExpiresAt: Date
  readonly userAgent: string | null
  readonly address: string | null
}

/**
 * Spends a refresh token in one statement, so that of several concurrent calls one succeeds. The statement is written
 * out: a busy server runs it more than any other, and building it each time would cost half as much as running it.
 * @returns `undefined` if the token is not the valid one, or if its session or user may not continue.
 */
export async function rotateSession(
  { kind, query, sql }: Pick<Database, 'kind' | 'query' | 'sql'>,
  rotation: Rotation,
): Promise<TokenSubject | undefined> {
  const readAt = thisMoment()
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
  const [row] = rows as (SignedRow & { beside: string | null })[]
  if (row === undefined || row.beside === null) return undefined
  const [, generation, roles = ''] = /^(\d+) (.*)$/s.exec(row.beside) ?? []
  if (Number(generation) === row.generation) {
    return makeSubject({ roles: toRoles(roles), session: toSignedSession(row), readAt })
  }
  const found = await findSubject(sql, { sessionId: row.id })
  return found?.subject.user.disabledAt === null ? found.subject : undefined
}

/**
 * How many spends a session remembers in addition to the last one, 31 characters each. Only a client that races with itself
 * needs them.
 */
const maxSpends = 31
const hashStartLength = 16

/**
 * PostgreSQL updates and returns the newest version of the session, but the subselect beside it sees the state from
 * when the statement began. The statement may have waited since for a transaction that changed both. So the subselect
 * also reads the generation. If that differs from the generation returned, a change came in between and the roles may
 * be old: both are then read again. SQLite has one writer, so this cannot happen there.
 *
 * A user who is disabled meanwhile is not missed, because that ends the session, whose newest version is checked. For
 * the same reason it does no harm that the token of a user who was already disabled is spent before it is refused.
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
    RETURNING ${signedColumns.join(', ')}, (${beside}) AS beside`
}

/**
 * Records that the token spent last is answered a second time, which counts as if it were spent now.
 * @returns `undefined` if its successor was used meanwhile, or if the session has ended.
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
