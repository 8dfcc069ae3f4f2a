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
import { readEmail, readRoles, readUsername, rolesGiven } from './names.ts'

/** The account that a client asks for. */
export interface Registration {
  readonly username: string
  readonly password: string
  readonly email?: string | undefined
}

/** What creating and changing accounts needs. */
export interface UserParts extends ChangeParts, OutboxParts, Pick<PasswordParts, 'passwords' | 'limits'> {
  /** Absent for a command that was not given it; secrets of authenticator apps cannot be imported then. */
  readonly secrets?: ServerSecret | undefined
}

/** An account to create, for its future owner or by an operator. */
export interface WantedUser extends Registration {
  readonly roles?: readonly string[]
}

/** An account to create, with checked names and a hashed password. */
export type PreparedUser = Omit<NewUser, 'now'>

/**
 * Creates an account.
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
 * Checks a requested account and hashes its password. This is done before the transaction, because everything else
 * would wait.
 * @throws {RequestError} `invalid_request`, `overloaded`
 */
export async function prepareUser(
  { passwords }: Pick<UserParts, 'passwords'>,
  wanted: WantedUser,
  turn: Turn,
): Promise<PreparedUser> {
  const { username, password, email, roles: wantedRoles = [] }: WantedUser = Object(wanted)
  const roles = readRoles(wantedRoles)
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

/** The error for a name that is in use. */
export function taken(code: 'username_taken' | 'email_taken'): RequestError {
  return new RequestError(
    code,
    code === 'username_taken' ? 'This username is already taken' : 'This e-mail address is already in use',
  )
}
