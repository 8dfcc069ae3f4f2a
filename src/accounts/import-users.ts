import { uuidv7 } from 'uuidv7'
import { RequestError } from '../errors.ts'
import { type Revocation, standingOfUser } from '../revocations/revocation.ts'
import type { Sql } from '../store/database.ts'
import { changeStanding, findUser, findUserByUsername, insertUser, type NewUser, type User } from '../store/users.ts'
import { commit } from './commit.ts'
import { readEmail, readUsername } from './names.ts'
import { makeEvent, type Parts, rolesGiven } from './parts.ts'
import { formatOf } from './password-formats.ts'
import { taken } from './register.ts'

/** An account of another system, with its password as that system kept it. */
export interface ImportedUser {
  /** What tokens and other tables call the account, so that both stay good. Up to 128 characters; a new one by default. */
  readonly id?: string | undefined
  readonly username: string
  /** Of a format that hallpass verifies. It becomes argon2id at the first login. */
  readonly passwordHash: string
  readonly email?: string | undefined
  readonly roles?: readonly string[] | undefined
  readonly disabled?: boolean | undefined
}

/** What became of one of them. */
export type ImportOutcome =
  | { readonly user: User; readonly wasThere: boolean; readonly refusal?: undefined }
  | { readonly user?: undefined; readonly refusal: RequestError }

type ImportParts = Pick<Parts, 'database' | 'revocations' | 'announce' | 'signal' | 'now' | 'clock' | 'operator'>

/**
 * Adds accounts, in one transaction. One that is there already as it would be added, or that has logged in since, is left
 * as it is: so an import that was interrupted is run again from its beginning.
 * @param options.dryRun Finds out what would happen, and undoes it.
 */
export async function importUsers(
  parts: ImportParts,
  users: readonly ImportedUser[],
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<ImportOutcome[]> {
  const outcomes: ImportOutcome[] = []
  const undone = new Error('Nothing is kept of a dry run')
  await commit(parts, async (trx) => {
    for (const user of users) outcomes.push(await importOne(trx, user, parts.now()))
    if (dryRun) throw undone
    const added = outcomes.filter((outcome) => outcome.user !== undefined && !outcome.wasThere)
    const events = added.map(({ user }) =>
      makeEvent('user_imported', parts.now(), parts.operator, {
        userId: user?.id ?? null,
        details: rolesGiven(user?.roles),
      }),
    )
    return { result: undefined, revoked: await disableAll(trx, parts, added), events }
  }).catch((error) => {
    if (error !== undone) throw error
  })
  return outcomes
}

/** Those who are disabled where they come from are here too, for tokens that the application signs. */
async function disableAll(
  trx: Sql,
  { clock, now }: ImportParts,
  added: readonly ImportOutcome[],
): Promise<readonly Revocation[]> {
  const revoked: Revocation[] = []
  for (const { user } of added) {
    if (user === undefined || user.disabledAt === null) continue
    const time = await clock.databaseTime(trx)
    const changed = await changeStanding(trx, user.id, { isDisabled: true, now: now(), time })
    if (changed !== undefined) revoked.push(standingOfUser(user.id, changed.standing))
  }
  return revoked
}

async function importOne(trx: Sql, imported: ImportedUser, now: Date): Promise<ImportOutcome> {
  let wanted: NewUser
  try {
    wanted = read(imported, now)
  } catch (refusal) {
    if (refusal instanceof RequestError) return { refusal }
    throw refusal
  }
  const user = await insertUser(trx, wanted)
  if (typeof user !== 'string') return { user, wasThere: false }
  const there = await findUserByUsername(trx, wanted.username.normal)
  if (imported.id !== undefined && there?.id !== imported.id && (await findUser(trx, imported.id)) !== undefined) {
    return { refusal: unfitId('Another account has this id') }
  }
  const isSame =
    there !== undefined &&
    (imported.id === undefined || there.id === imported.id) &&
    there.email === (wanted.email?.shown ?? null) &&
    (there.passwordHash === wanted.passwordHash || there.lastLoginAt !== null)
  return isSame ? { user: there, wasThere: true } : { refusal: taken(user) }
}

function read({ id, username, passwordHash, email, roles = [], disabled = false }: ImportedUser, now: Date): NewUser {
  const names = { username: readUsername(username), email: email === undefined ? null : readEmail(email) }
  if (formatOf(passwordHash) === undefined) {
    const msg = 'This is a password hash of no known format, or one that is too costly to compare with'
    throw new RequestError('invalid_request', msg, { members: [{ member: 'password_hash', msg }] })
  }
  if (id !== undefined && !/^[\x21-\x7e]{1,128}$/.test(id))
    throw unfitId('An id is 1 to 128 characters of ASCII without blanks')
  return { id: id ?? uuidv7(), ...names, passwordHash, roles, disabled, now }
}

function unfitId(msg: string): RequestError {
  return new RequestError('invalid_request', msg, { members: [{ member: 'id', msg }] })
}
