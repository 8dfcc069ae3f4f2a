import { uuidv7 } from 'uuidv7'
import { RequestError } from '../../../errors.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { findUserByUsername, type NewUser } from '../../../store/users/users.ts'
import { formatOf, looksHashed, unknownHash } from '../../passwords/formats.ts'
import type { Passwords } from '../../passwords/passwords.ts'
import { operatorsTurn } from '../../passwords/queue/hash-turn.ts'
import { isReadable } from '../../passwords/rules.ts'
import { readEmail, readRoles, readUsername, unfit } from '../names.ts'
import { textOfId, type UserId } from '../user-id.ts'
import { type ImportedWays, readWays, type Ways } from './imported-ways.ts'

/** An account of another system, with its password as that system stored it. */
export type ImportedUser = ImportedWays & {
  /**
   * The id in existing tokens and other tables, so that both stay valid. Up to 128 characters, or a whole number, which
   * is stored as its digits. A new one by default.
   */
  readonly id?: UserId | undefined
  readonly username: string
  readonly email?: string | undefined
  /** Whether the other system verified the address, or when. `false` by default: then anyone may have typed it. */
  readonly emailVerified?: boolean | Date | undefined
  readonly roles?: readonly string[] | undefined
  /** `true` locks the user out. `false` by default. */
  readonly disabled?: boolean | undefined
  /** When the account was created in the other system. Now by default. */
  readonly createdAt?: Date | undefined
} & (
    | {
        /** A hash in a format that hallpass verifies. It becomes argon2id at the first login. */
        readonly passwordHash: string
        readonly plainPassword?: undefined
      }
    | {
        /**
         * The password itself, if that is what the other system stored. It is hashed at once, and accepted however weak
         * it is, because its user has no other.
         */
        readonly plainPassword: string
        readonly passwordHash?: undefined
      }
    | {
        /** None: the user signs in with another provider, or by mail at a verified address. */
        readonly passwordHash?: null | undefined
        readonly plainPassword?: undefined
      }
  )

/** Clocks differ and time zones are omitted, so a time up to a day in the future is accepted. */
const dayMilliseconds = 24 * 60 * 60 * 1000

/** Concurrent hashes: the operator's work must not fill the queue that logins wait in. */
const hashesTogether = 16

/** An account that is ready to be added, or why it cannot be. */
export type Prepared = (NewUser & { readonly ways: Ways }) | RequestError

/**
 * Checks accounts to be added, and hashes passwords that come in plain text. This is done before the transaction,
 * because hashing takes long and everything else would wait.
 * @throws {RequestError} `overloaded`
 */
export async function prepareUsers(
  { sql, passwords, now }: { readonly sql: Sql; readonly passwords: Passwords; readonly now: () => Date },
  users: readonly ImportedUser[],
): Promise<Prepared[]> {
  const prepared: Prepared[] = []
  // If a record is in the file twice, both get the same hash, so that the second is recognised as existing.
  const hashes = new Map<string, Promise<string>>()
  const hash = (username: string, plain: string) => {
    const name = JSON.stringify([username, plain])
    const hashed = hashes.get(name) ?? hashPlain(sql, passwords, username, plain)
    hashes.set(name, hashed)
    return hashed
  }
  const together = Math.min(hashesTogether, 1 + passwords.load.capacity)
  for (let start = 0; start < users.length; start += together) {
    const some = users.slice(start, start + together).map(async (record) => {
      // A record that is `null` has no members, and is refused like one without a username.
      const user: ImportedUser = Object(record)
      const wanted = readOrRefusal(user, now())
      if (wanted instanceof RequestError || user.plainPassword === undefined) return wanted
      return { ...wanted, passwordHash: await hash(wanted.username.normal, user.plainPassword) }
    })
    prepared.push(...(await Promise.all(some)))
  }
  return prepared
}

/** The stored hash if it is of the same password, so that a second run finds the account unchanged. */
async function hashPlain(sql: Sql, passwords: Passwords, username: string, plain: string): Promise<string> {
  const there = await findUserByUsername(sql, username)
  if (there !== undefined) {
    const { matches } = await passwords.verify(plain, { stored: there.passwordHash, turn: operatorsTurn })
    if (there.passwordHash !== null && (matches || there.lastLoginAt !== null)) return there.passwordHash
  }
  return passwords.hash(plain, operatorsTurn)
}

function readOrRefusal(user: ImportedUser, now: Date): Prepared {
  try {
    return read(user, now)
  } catch (refusal) {
    if (refusal instanceof RequestError) return refusal
    throw refusal
  }
}

function read(user: ImportedUser, now: Date): Exclude<Prepared, RequestError> {
  const { id, username, email, emailVerified = false, roles = [], disabled = false, createdAt } = user
  const names = { username: readUsername(username), email: email === undefined ? null : readEmail(email) }
  if (typeof disabled !== 'boolean') throw unfit('disabled', 'disabled must be true or false')
  const ways = readWays(user)
  const passwordHash = readPassword(user, ways)
  if (id !== undefined && !/^[\x21-\x7e]{1,128}$/.test(textOfId(id)))
    throw unfit('id', 'An id must be 1 to 128 ASCII characters without spaces, or a whole number up to 2^53 - 1')
  const isPast = (time: unknown) => time instanceof Date && time.getTime() >= 0 && time <= later(now)
  if (createdAt !== undefined && !isPast(createdAt))
    throw unfit('created_at', 'created_at must lie between 1970 and now')
  if (typeof emailVerified !== 'boolean' && !isPast(emailVerified))
    throw unfit('email_verified', 'email_verified must be true, false, or a time between 1970 and now')
  if (emailVerified !== false && names.email === null)
    throw unfit('email_verified', 'The record has no e-mail address that could be verified')
  const emailVerifiedAt = emailVerified === false ? undefined : emailVerified === true ? now : emailVerified
  return {
    id: textOfId(id ?? uuidv7()),
    ...names,
    emailVerifiedAt,
    passwordHash,
    ways,
    roles: readRoles(roles),
    disabled,
    createdAt,
    now,
  }
}

function later(now: Date): Date {
  return new Date(now.getTime() + dayMilliseconds)
}

/** @returns The hash; an empty text for a password in plain text; `null` for a user who signs in otherwise. */
function readPassword(
  { passwordHash, plainPassword, emailVerified = false }: ImportedUser,
  { identities }: Ways,
): string | null {
  const isNone = passwordHash === null || passwordHash === undefined
  if (!isNone && plainPassword !== undefined)
    throw unfit('password', 'The record has both a password and a hash: remove one of them')
  if (!isNone) {
    if (typeof passwordHash !== 'string') throw unfit('password_hash', 'password_hash must be a string')
    if (formatOf(passwordHash) !== undefined) return passwordHash
    throw unfit(
      'password_hash',
      unknownHash + (looksHashed(passwordHash) ? '' : '. It looks like a password in plain text'),
    )
  }
  // The absence of a password must be explicit: otherwise a misspelt member would import every user without one.
  if (plainPassword === undefined && (identities.length > 0 || (passwordHash === null && emailVerified !== false))) {
    return null
  }
  if (plainPassword === undefined || plainPassword === '') throw unfit('password', 'The record has no password')
  if (typeof plainPassword !== 'string') throw unfit('password', 'A password must be a string')
  if (looksHashed(plainPassword)) throw unfit('password', `This looks like a hash, not a password. ${unknownHash}`)
  if (!isReadable(plainPassword))
    throw unfit('password', 'A password of more than 128 characters cannot be used to log in')
  return ''
}
