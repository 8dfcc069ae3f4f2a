import type { Revocation } from '../revocations/revocation.ts'
import { cutOfSession, cutOfUser, endOfSession } from '../revocations/revocation.ts'
import type { AuditEventName } from '../store/audit.ts'
import type { Sql } from '../store/database.ts'
import { advanceSessions, type RevocationReason, revokeSessions } from '../store/sessions.ts'
import {
  deleteUser,
  findUser,
  findUserByUsername,
  listUsers,
  type User,
  updateUser,
  withoutHash,
} from '../store/users.ts'
import { commit } from './commit.ts'
import { operatorsTurn } from './hash-turn.ts'
import { type ImportedUser, type ImportOutcome, importUsers } from './import-users.ts'
import { normalUsername } from './names.ts'
import { type ChangeParts, makeEvent, operator, type Parts } from './parts.ts'
import { addUser } from './register.ts'

type UserParts = ChangeParts & Pick<Parts, 'passwords'>

/** What an operator, or the application itself, does with accounts. Whatever takes rights away holds at once. */
export class Users {
  readonly #parts: UserParts

  constructor(parts: UserParts) {
    this.#parts = parts
  }

  /** Also while registration is closed. @throws {RequestError} `username_taken`, `email_taken`, `invalid_request` */
  add(user: {
    readonly username: string
    readonly password: string
    readonly email?: string
    readonly roles?: readonly string[]
  }): Promise<User> {
    return addUser(this.#parts, user, { client: operator, turn: operatorsTurn })
  }

  /** @throws {RequestError} `username_taken`, `email_taken`, `invalid_request` */
  async import(user: ImportedUser): Promise<User> {
    const [outcome] = await importUsers(this.#parts, [user])
    if (outcome?.user === undefined) throw outcome?.refusal
    return outcome.user
  }

  /** Many at once, in one transaction. @returns One outcome for each, in their order: a refused one leaves the others be. */
  importAll(users: readonly ImportedUser[], options: { readonly dryRun?: boolean } = {}): Promise<ImportOutcome[]> {
    return importUsers(this.#parts, users, options)
  }

  async find(id: string): Promise<User | undefined> {
    const found = await findUser(this.#parts.database.sql, id)
    return found && withoutHash(found)
  }

  async findByUsername(username: string): Promise<User | undefined> {
    const normal = normalUsername(username)
    if (normal === undefined) return undefined
    const found = await findUserByUsername(this.#parts.database.sql, normal)
    return found && withoutHash(found)
  }

  /** In the order in which they were added. @param page.after The id of the last user of the page before. */
  list({ after, limit = 100 }: { readonly after?: string; readonly limit?: number } = {}): Promise<User[]> {
    return listUsers(this.#parts.database.sql, { after, limit })
  }

  /** Ends all sessions and access tokens, and lets nobody in. @returns `undefined` where there is no such user. */
  disable(id: string): Promise<User | undefined> {
    return this.#change(id, 'user_disabled', async (trx, at) => {
      const user = await updateUser(trx, id, { disabledAt: at, tokensValidAfter: at }, at)
      return { user, revoked: await this.#end(trx, id, 'user_disabled', at) }
    })
  }

  enable(id: string): Promise<User | undefined> {
    return this.#change(id, 'user_enabled', async (trx, at) => {
      return { user: await updateUser(trx, id, { disabledAt: null }, at), revoked: [] }
    })
  }

  /** Removes a user, all sessions and access tokens. The audit events stay. */
  delete(id: string): Promise<User | undefined> {
    return this.#change(id, 'user_deleted', async (trx, at) => {
      // The user first: a login that is under way waits for this row, or this waits for it and then finds its session.
      await updateUser(trx, id, { disabledAt: at }, at)
      const revoked = await this.#end(trx, id, 'user_deleted', at)
      return { user: await deleteUser(trx, id), revoked }
    })
  }

  /** Ends all sessions and access tokens: whoever knew the old password is out. @throws {RequestError} `invalid_request` */
  async setPassword(id: string, password: string): Promise<User | undefined> {
    const { passwords } = this.#parts
    const user = await this.find(id)
    if (user === undefined) return undefined
    passwords.check(password, 'password', [user.username, ...(user.email === null ? [] : [user.email])])
    const passwordHash = await passwords.hash(password, operatorsTurn)
    return this.#change(id, 'password_changed', async (trx, at) => {
      const changed = await updateUser(trx, id, { passwordHash, tokensValidAfter: at }, at)
      return { user: changed, revoked: await this.#end(trx, id, 'password_changed', at) }
    })
  }

  /** The next access token has the new roles; those from before are refused. Sessions go on. */
  setRoles(id: string, roles: readonly string[]): Promise<User | undefined> {
    return this.#change(id, 'roles_changed', async (trx, at) => {
      const user = await updateUser(trx, id, { roles, tokensValidAfter: at }, at)
      const advanced = await advanceSessions(trx, { userId: id })
      return { user, revoked: advanced.map((session) => cutOfSession(session.id, session.generation)) }
    })
  }

  async #end(trx: Sql, userId: string, why: RevocationReason, at: Date): Promise<Revocation[]> {
    const ended = await revokeSessions(trx, { userId }, why, at)
    return ended.map(endOfSession)
  }

  #change(
    id: string,
    event: AuditEventName,
    work: (trx: Sql, at: Date) => Promise<{ user: User | undefined; revoked: readonly Revocation[] }>,
  ): Promise<User | undefined> {
    const parts = this.#parts
    return commit(parts, async (trx) => {
      const at = parts.now()
      const { user, revoked } = await work(trx, at)
      if (user === undefined) return { result: undefined, events: [] }
      const cut = event === 'user_enabled' ? [] : [cutOfUser(id, at)]
      return {
        result: user,
        revoked: [...revoked, ...cut],
        events: [makeEvent(event, at, operator, { userId: id })],
      }
    })
  }
}
