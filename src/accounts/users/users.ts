import { commit } from '../../core/change.ts'
import { batchSize, endSurplus } from '../../core/end-sessions.ts'
import { makeEvent } from '../../core/events.ts'
import { type PageOptions, readPage } from '../../core/page.ts'
import { queueNotice } from '../../mail/notices.ts'
import type { Revocation } from '../../revocations/revocation.ts'
import { cutOfSession, cutOfUser, endOfSession, standingOfUser } from '../../revocations/revocation.ts'
import type { AuditEventName } from '../../store/audit.ts'
import type { Sql } from '../../store/engine/database.ts'
import { deleteSecretsOf } from '../../store/one-time/one-time-secrets.ts'
import { deleteStandings } from '../../store/revocations/revocations.ts'
import { findSessionIds, lockUser, type SessionsOfUser } from '../../store/sessions/session-batches.ts'
import { advanceSessions, type RevocationReason, revokeSessions } from '../../store/sessions/sessions.ts'
import { changeStanding } from '../../store/users/user-standing.ts'
import {
  findUser,
  findUserByUsername,
  listUsers,
  listUsersWithHashes,
  type User,
  type UserWithHash,
  updateUser,
  withoutHash,
} from '../../store/users/users.ts'
import { operatorsTurn } from '../passwords/queue/hash-turn.ts'

import { deleteAccount } from './delete-account.ts'
import { type Factors, factorsOf, lastingSecrets, resetFactors } from './factors.ts'

import { type ImportOutcome, importUsers } from './import/import-users.ts'
import type { ImportedUser } from './import/imported-user.ts'
import { normalUsername, readRoles } from './names.ts'
import { detailsOf, makeRecoveryLink, type OneTimeLink, type UserDetails, unlock, verifyEmail } from './recovery.ts'
import { addUser, type UserParts } from './register.ts'
import { textOfId, type UserId } from './user-id.ts'

/** Maximum users per page. */
const longestPage = 1000

/** Manages accounts, for an operator or the application itself. Changes that take rights away take effect at once. */
export class Users {
  readonly #parts: UserParts

  constructor(parts: UserParts) {
    this.#parts = parts
  }

  /** Creates an account, even if registration is closed. @throws {RequestError} `username_taken`, `email_taken`, `invalid_request` */
  add(user: {
    readonly username: string
    readonly password: string
    readonly email?: string
    readonly roles?: readonly string[]
  }): Promise<User> {
    return addUser(this.#parts, user, { origin: this.#parts.operator, turn: operatorsTurn })
  }

  /** @throws {RequestError} `username_taken`, `email_taken`, `invalid_request` */
  async import(user: ImportedUser): Promise<User> {
    const [outcome] = await importUsers(this.#parts, [user])
    if (outcome?.user === undefined) throw outcome?.refusal
    return outcome.user
  }

  /** Imports many users in one transaction. @returns One outcome for each, in order; a rejected one does not affect the others. */
  importAll(users: readonly ImportedUser[], options: { readonly dryRun?: boolean } = {}): Promise<ImportOutcome[]> {
    return importUsers(this.#parts, users, options)
  }

  /** @param id The id of the account; a number stands for its digits, here and below. */
  async find(id: UserId): Promise<User | undefined> {
    const found = await findUser(this.#parts.database.sql, textOfId(id))
    return found && withoutHash(found)
  }

  /** @param username In any case: usernames are unique regardless of it. */
  async findByUsername(username: string): Promise<User | undefined> {
    const normal = normalUsername(username)
    if (normal === undefined) return undefined
    const found = await findUserByUsername(this.#parts.database.sql, normal)
    return found && withoutHash(found)
  }

  /** Lists accounts, oldest first. At most 1,000 per page, 100 by default. @param page.after The id of the last user of the previous page. @throws {RequestError} `invalid_request` */
  async list(page: PageOptions = {}): Promise<User[]> {
    return listUsers(this.#parts.database.sql, readPage(page, { longest: longestPage }))
  }

  /**
   * Lists accounts with their password hashes, in the form that `import` takes: for another database, or another
   * system.
   */
  async listWithHashes(page: PageOptions = {}): Promise<UserWithHash[]> {
    return listUsersWithHashes(this.#parts.database.sql, readPage(page, { longest: longestPage }))
  }

  /** Locks the user out: ends all sessions and revokes all access tokens. @returns `undefined` if there is no such user. */
  async disable(called: UserId): Promise<User | undefined> {
    const id = textOfId(called)
    await endSurplus(this.#parts, { userId: id }, 'user_disabled')
    return this.#change(id, 'user_disabled', async (trx, at) => {
      const { user, revoked } = await this.#setStanding(trx, id, { isDisabled: true, now: at })
      await deleteSecretsOf(trx, id, { except: lastingSecrets })
      return { user, revoked: [...revoked, ...(await this.#end(trx, id, 'user_disabled', at))] }
    })
  }

  /** Lets a disabled user log in again. Ended sessions stay ended. @returns `undefined` if there is no such user. */
  enable(called: UserId): Promise<User | undefined> {
    const id = textOfId(called)
    return this.#change(id, 'user_enabled', (trx, at) => this.#setStanding(trx, id, { isDisabled: false, now: at }))
  }

  /** Deletes a user with all sessions and revokes all access tokens. The audit events stay. */
  delete(id: UserId): Promise<User | undefined> {
    return deleteAccount(this.#parts, textOfId(id), this.#parts.operator)
  }

  /** Sets a password, ends all sessions and revokes all access tokens. @throws {RequestError} `invalid_request` */
  async setPassword(called: UserId, password: string): Promise<User | undefined> {
    const { passwords } = this.#parts
    const user = await this.find(called)
    if (user === undefined) return undefined
    const { id } = user
    await passwords.check(password, 'password', [user.username, ...(user.email === null ? [] : [user.email])])
    const passwordHash = await passwords.hash(password, operatorsTurn)
    await endSurplus(this.#parts, { userId: id }, 'password_changed')
    return this.#change(id, 'password_changed', async (trx, at) => {
      const changed = await updateUser(trx, id, { passwordHash, tokensValidAfter: at }, at)
      const time = { at, origin: this.#parts.operator }
      if (changed !== undefined) await queueNotice(trx, this.#parts, changed, 'password_changed', {}, time)
      await deleteSecretsOf(trx, id, { except: lastingSecrets })
      return { user: changed, revoked: await this.#end(trx, id, 'password_changed', at) }
    })
  }

  /**
   * The next access token has the new roles; older ones are revoked. Sessions continue.
   * @throws {RequestError} `invalid_request`
   */
  async setRoles(called: UserId, wanted: readonly string[]): Promise<User | undefined> {
    const id = textOfId(called)
    const roles = readRoles(wanted)
    let beforeId: string | undefined
    const user = await this.#change(id, 'roles_changed', async (trx, at) => {
      const before = await findUser(trx, id)
      const user = await updateUser(trx, id, { roles, tokensValidAfter: at }, at)
      const { revoked, lastId } = await advanceBatch(trx, { userId: id })
      beforeId = lastId
      return { user, revoked, details: { roles, previous_roles: before?.roles } }
    })
    while (beforeId !== undefined) beforeId = await this.#advanceMore({ userId: id, beforeId })
    return user
  }

  /** What an operator needs to know of an account: its factors, sessions and failed attempts. */
  details(id: UserId): Promise<UserDetails | undefined> {
    return detailsOf(this.#parts, textOfId(id))
  }

  /**
   * Forgets the failed attempts at an account.
   * @returns `undefined` if there is no such user.
   * @throws {RequestError} `unavailable` if they are forgotten in the database, but not in Valkey
   */
  unlock(id: UserId): Promise<User | undefined> {
    return unlock(this.#parts, textOfId(id))
  }

  /** Makes the address of the account verified. @throws {RequestError} `invalid_request` if it has none, `email_taken` */
  verifyEmail(id: UserId): Promise<User | undefined> {
    return verifyEmail(this.#parts, textOfId(id))
  }

  /**
   * Makes a link with which the user sets a new password, at `POST /one-time-link`. Sessions and factors stay until then.
   * @param options.hours How long it is valid, 1 to 24; 1 by default.
   * @throws {RequestError} `invalid_request`
   */
  oneTimeLink(id: UserId, { hours = 1 }: { readonly hours?: number } = {}): Promise<OneTimeLink | undefined> {
    return makeRecoveryLink(this.#parts, textOfId(id), hours)
  }

  /** The second factors of the user. */
  factors(id: UserId): Promise<Factors> {
    return factorsOf(this.#parts, textOfId(id))
  }

  /** Removes the second factors of a user who lost them, ends all sessions and revokes all access tokens. @returns `undefined` if there is no such user. */
  resetFactors(id: UserId): Promise<User | undefined> {
    return resetFactors(this.#parts, textOfId(id))
  }

  /** New tokens of these sessions have the new roles already, so only existing tokens are revoked. */
  #advanceMore(sessions: SessionsOfUser): Promise<string | undefined> {
    return commit(this.#parts, async (trx) => {
      await lockUser(trx, sessions.userId)
      const { revoked, lastId } = await advanceBatch(trx, sessions)
      return { result: lastId, revoked, events: [] }
    })
  }

  async #setStanding(trx: Sql, id: string, how: { readonly isDisabled: boolean; readonly now: Date }) {
    const changed = await changeStanding(trx, id, { ...how, time: await this.#parts.clock.databaseTime(trx) })
    if (changed === undefined) return { user: undefined, revoked: [] }
    await deleteStandings(trx, id)
    return { user: changed.user, revoked: [standingOfUser(id, changed.standing)] }
  }

  async #end(trx: Sql, userId: string, why: RevocationReason, at: Date): Promise<Revocation[]> {
    const ended = await revokeSessions(trx, { userId }, why, at)
    return ended.map((session) => endOfSession(session.id))
  }

  #change(
    id: string,
    event: AuditEventName,
    work: (
      trx: Sql,
      at: Date,
    ) => Promise<{
      user: User | undefined
      revoked: readonly Revocation[]
      details?: Readonly<Record<string, unknown>>
    }>,
  ): Promise<User | undefined> {
    const parts = this.#parts
    return commit(parts, async (trx) => {
      await lockUser(trx, id)
      const at = parts.now()
      const { user, revoked, details = {} } = await work(trx, at)
      if (user === undefined) return { result: undefined, events: [] }
      const cut = event === 'user_enabled' ? [] : [cutOfUser(id, at)]
      return {
        result: user,
        revoked: [...revoked, ...cut],
        events: [makeEvent(event, at, parts.operator, { userId: id, details })],
      }
    })
  }
}

/** Revokes the access tokens of some sessions, which continue. @returns The last id, if there may be more. */
async function advanceBatch(
  trx: Sql,
  sessions: SessionsOfUser,
): Promise<{ readonly revoked: readonly Revocation[]; readonly lastId: string | undefined }> {
  const ids = await findSessionIds(trx, sessions, batchSize)
  const advanced = ids.length === 0 ? [] : await advanceSessions(trx, { ids })
  return {
    revoked: advanced.map(({ id, generation }) => cutOfSession(id, generation)),
    lastId: ids.length < batchSize ? undefined : ids.at(-1),
  }
}
