import { CompiledQuery, type RawBuilder, type Selectable, sql } from 'kysely'
import type { Sql } from '../engine/database.ts'
import { type UserRow, userColumns } from '../tables.ts'

/** A person who can log in. */
export interface User {
  /** UUIDv7. */
  readonly id: string
  /** As it was entered. */
  readonly username: string
  readonly email: string | null
  /** When the user proved that they receive mail at this address; `null` until then. */
  readonly emailVerifiedAt: Date | null
  /** How many second factors are set up. If there are any, a login requires one. */
  readonly secondFactors: number
  readonly roles: readonly string[]
  /** When the user was locked out; `null` for a user who may log in. */
  readonly disabledAt: Date | null
  /** Access tokens issued earlier are rejected, whatever their session. */
  readonly tokensValidAfter: Date
  readonly lastLoginAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A user with what a login needs. It never leaves the server. */
export interface UserWithHash extends User {
  /** `null` without a password: such a user logs in with a mailed link, for example. */
  readonly passwordHash: string | null
}

/** A name as it was entered, and the normal form, which must be unique. */
export interface Name {
  readonly shown: string
  readonly normal: string
}

export interface NewUser {
  readonly id: string
  readonly username: Name
  readonly email: Name | null
  /** When the address was proven to another system. */
  readonly emailVerifiedAt?: Date | undefined
  /** `null` for an account without a password. */
  readonly passwordHash: string | null
  readonly roles: readonly string[]
  readonly disabled: boolean
  /** When another system created the account; now by default. */
  readonly createdAt?: Date | undefined
  readonly now: Date
}

/** How a user is added. */
export interface InsertOptions {
  /**
   * Whether an address that another user has proven can be added here, unproven. `false` by default: it then counts as
   * in use.
   */
  readonly mayShareAddress?: boolean
}

/**
 * Adds a user, or says which of the two names is already in use. An address is in use once a user has proven it; others
 * may have entered it.
 */
export async function insertUser(
  sql: Sql,
  user: NewUser,
  { mayShareAddress = false }: InsertOptions = {},
): Promise<User | 'username_taken' | 'email_taken'> {
  const time = user.now.getTime()
  const isChecked = user.email !== null && !mayShareAddress
  if (isChecked && (await findUserByEmail(sql, user.email.normal)) !== undefined) {
    return (await findUserByUsername(sql, user.username.normal)) === undefined ? 'email_taken' : 'username_taken'
  }
  const row = await sql
    .insertInto('hallpass_users')
    .values({
      id: user.id,
      username: user.username.shown,
      username_normal: user.username.normal,
      email: user.email?.shown ?? null,
      email_normal: user.email?.normal ?? null,
      email_verified_at: user.emailVerifiedAt?.getTime() ?? null,
      password_hash: user.passwordHash ?? noPassword,
      roles: JSON.stringify(user.roles),
      disabled_at: user.disabled ? time : null,
      created_at: user.createdAt?.getTime() ?? time,
      updated_at: time,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning(userColumns)
    .executeTakeFirst()
  if (row !== undefined) return toUser(row)
  return (await findUserByUsername(sql, user.username.normal)) === undefined ? 'email_taken' : 'username_taken'
}

export async function findUser(sql: Sql, id: string): Promise<UserWithHash | undefined> {
  const row = await sql.selectFrom('hallpass_users').select(userColumns).where('id', '=', id).executeTakeFirst()
  return row && toUserWithHash(row)
}

export async function findUserByUsername(sql: Sql, normal: string): Promise<UserWithHash | undefined> {
  const { rows } = await sql.executeQuery<Selectable<UserRow>>(CompiledQuery.raw(findByUsername, [normal]))
  const [row] = rows
  return row && toUserWithHash(row)
}

const findByUsername = `SELECT ${userColumns.join(', ')} FROM hallpass_users WHERE username_normal = $1`

/**
 * Finds a user by a name that may be an address. The user who proved the address comes before one whose username it is.
 */
export async function findUserByLogin(
  sql: Sql,
  { username, address }: { readonly username: string; readonly address: string },
): Promise<UserWithHash | undefined> {
  const row = await sql
    .selectFrom('hallpass_users')
    .select(userColumns)
    .where((user) =>
      user.or([
        user('username_normal', '=', username),
        user.and([user('email_normal', '=', address), user('email_verified_at', 'is not', null)]),
      ]),
    )
    // If both exist, someone who merely chose the name must not block the address's owner from logging in.
    .orderBy((user) =>
      user
        .case()
        .when(user.and([user('email_normal', '=', address), user('email_verified_at', 'is not', null)]))
        .then(0)
        .else(1)
        .end(),
    )
    .limit(1)
    .executeTakeFirst()
  return row && toUserWithHash(row)
}

/** The user who proved that they receive mail at an address. */
export async function findUserByEmail(sql: Sql, normal: string): Promise<UserWithHash | undefined> {
  const row = await sql
    .selectFrom('hallpass_users')
    .select(userColumns)
    .where('email_normal', '=', normal)
    .where('email_verified_at', 'is not', null)
    .executeTakeFirst()
  return row && toUserWithHash(row)
}

/**
 * Users ordered by id, after the given one. For ids generated by hallpass, this is the order in which they were added.
 */
export async function listUsers(sql: Sql, page: { after?: string | undefined; limit: number }): Promise<User[]> {
  return (await listUsersWithHashes(sql, page)).map(withoutHash)
}

/** Like `listUsers`, with the hashes, for another system that takes over the accounts. */
export async function listUsersWithHashes(
  sql: Sql,
  page: { after?: string | undefined; limit: number },
): Promise<UserWithHash[]> {
  const rows = await sql
    .selectFrom('hallpass_users')
    .select(userColumns)
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute()
  return rows.map(toUserWithHash)
}

/** Replaces a password hash if it is still the one that was checked; `null` means no password. */
export async function changePasswordHash(
  sql: Sql,
  change: { id: string; checkedHash: string | null; newHash: string | null; now: Date },
): Promise<boolean> {
  const time = change.now.getTime()
  const { numUpdatedRows } = await sql
    .updateTable('hallpass_users')
    .set({ password_hash: change.newHash ?? noPassword, tokens_valid_after: cutAt(change.now), updated_at: time })
    .where('id', '=', change.id)
    .where('password_hash', '=', change.checkedHash ?? noPassword)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** A cut never moves back, even if the clock was set back: tokens that were revoked would be valid again. */
export function cutAt(time: Date): RawBuilder<number> {
  const at = time.getTime()
  return sql`CASE WHEN tokens_valid_after > ${at} THEN tokens_valid_after ELSE ${at} END`
}

/** Changes to a user. Absent members stay as they are. `changeStanding` disables and enables a user. */
export interface UserChange {
  readonly passwordHash?: string | null
  readonly roles?: readonly string[]
  readonly tokensValidAfter?: Date
}

/** @returns The changed user; `undefined` if there is none. */
export async function updateUser(sql: Sql, id: string, change: UserChange, now: Date): Promise<User | undefined> {
  const { passwordHash, roles, tokensValidAfter } = change
  const row = await sql
    .updateTable('hallpass_users')
    .set({
      updated_at: now.getTime(),
      ...(passwordHash !== undefined && { password_hash: passwordHash ?? noPassword }),
      ...(roles !== undefined && { roles: JSON.stringify(roles) }),
      ...(tokensValidAfter !== undefined && { tokens_valid_after: cutAt(tokensValidAfter) }),
    })
    .where('id', '=', id)
    .returning(userColumns)
    .executeTakeFirst()
  return row && toUser(row)
}

/** Deletes a user with all sessions. */
export async function deleteUser(sql: Sql, id: string): Promise<User | undefined> {
  const row = await sql.deleteFrom('hallpass_users').where('id', '=', id).returning(userColumns).executeTakeFirst()
  return row && toUser(row)
}

/** A user without the password hash. */
export function withoutHash({ passwordHash: _, ...user }: UserWithHash): User {
  return user
}

/** Equals no hash. */
const noPassword = ''

export function toUserWithHash(row: Pick<Selectable<UserRow>, (typeof userColumns)[number]>): UserWithHash {
  return { ...toUser(row), passwordHash: row.password_hash === noPassword ? null : row.password_hash }
}

/**
 * The roles in a row. An earlier version stored whatever `setRoles` was given. Anything but a list of strings grants
 * nothing: the user can log in, and the next `setRoles` replaces it.
 */
export function toRoles(text: string): readonly string[] {
  const roles: unknown = JSON.parse(text)
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : []
}

/** A user without the columns that only the database uses. */
export function toUser(
  row: Omit<
    Pick<Selectable<UserRow>, (typeof userColumns)[number]>,
    'username_normal' | 'email_normal' | 'password_hash' | 'standing'
  >,
): User {
  const date = (time: number | string | null) => (time === null ? null : new Date(Number(time)))
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    emailVerifiedAt: date(row.email_verified_at),
    secondFactors: row.second_factors,
    roles: toRoles(row.roles),
    disabledAt: date(row.disabled_at),
    tokensValidAfter: new Date(Number(row.tokens_valid_after)),
    lastLoginAt: date(row.last_login_at),
    createdAt: new Date(Number(row.created_at)),
    updatedAt: new Date(Number(row.updated_at)),
  }
}
