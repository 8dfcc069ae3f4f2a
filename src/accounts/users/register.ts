import { uuidv7 } from 'uuidv7'
import { type Change, type ChangeParts, commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import type { Turn } from '../../core/queue/line.ts'
import { RequestError } from '../../errors.ts'
import type { OutboxParts } from '../../mail/outbox/outbox.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { Sql } from '../../store/engine/database.ts'
import { type InsertOptions, insertUser, type NewUser, type User } from '../../store/users/users.ts'
import type { PasswordParts } from '../passwords/parts.ts'
import { readEmail, readUsername, rolesGiven } from './names.ts'

/** A requested account. */
export interface Registration {
  readonly username: string
  readonly password: string
  readonly email?: string | undefined
}

/** What accounts are made and changed with. */
export interface UserParts extends ChangeParts, OutboxParts, Pick<PasswordParts, 'passwords' | 'limits'> {
  /** Absent of a command that was not given it: secrets of authenticator apps cannot be imported then. */
  readonly secrets?: ServerSecret | undefined
}

/** An account to be made, by its future owner or by an operator. */
export interface WantedUser extends Registration {
  readonly roles?: readonly string[]
}

/** A requested account whose names are checked and whose password is hashed. */
export type PreparedUser = Omit<NewUser, 'now'>

/**
 * Makes an account.
 * @throws {RequestError} `username_taken`, `email_taken`, `invalid_request`, `overloaded`
 */
export async function addUser(
  parts: UserParts,
  wanted: WantedUser,
  { origin, turn }: { readonly origin: RequestOrigin; readonly turn: Turn },
): Promise<User> {
  const prepared = await prepareUser(parts, wanted, turn)
  return commit(parts, (trx) => insertPrepared(trx, prepared, { at: parts.now(), origin }))
}

/**
 * Checks a requested account and hashes its password. This comes before the transaction, in which everything else would wait.
 * @throws {RequestError} `invalid_request`, `overloaded`
 */
export async function prepareUser(
  { passwords }: Pick<UserParts, 'passwords'>,
  { username, password, email, roles = [] }: WantedUser,
  turn: Turn,
): Promise<PreparedUser> {
  const names = { username: readUsername(username), email: email === undefined ? null : readEmail(email) }
  await passwords.check(password, 'password', [username, ...(email === undefined ? [] : [email])])
  return { id: uuidv7(), ...names, passwordHash: await passwords.hash(password, turn), roles, disabled: false }
}

/**
 * Adds a user in a transaction.
 * @throws {RequestError} `username_taken`, `email_taken`
 */
export async function insertPrepared(
  trx: Sql,
  prepared: PreparedUser,
  { at, origin, ...how }: InsertOptions & { readonly at: Date; readonly origin: RequestOrigin },
): Promise<Change<User>> {
  const user = await insertUser(trx, { ...prepared, now: at }, how)
  if (typeof user === 'string') throw taken(user)
  const about = { userId: user.id, details: rolesGiven(prepared.roles) }
  return { result: user, events: [makeEvent('user_registered', at, origin, about)] }
}

/** The error for a name that is already in use. */
export function taken(code: 'username_taken' | 'email_taken'): RequestError {
  return new RequestError(
    code,
    code === 'username_taken' ? 'This username is already taken' : 'This e-mail address is already in use',
  )
}
