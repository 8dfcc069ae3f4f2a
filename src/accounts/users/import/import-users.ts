import { commit } from '../../../core/change.ts'
import { makeEvent } from '../../../core/events.ts'
import { optionInvalid, RequestError } from '../../../errors.ts'
import { type Revocation, standingOfUser } from '../../../revocations/revocation.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { changeStanding } from '../../../store/users/user-standing.ts'
import {
  findUser,
  findUserByEmail,
  findUserByUsername,
  insertUser,
  type NewUser,
  type User,
} from '../../../store/users/users.ts'
import { rolesGiven, unfit } from '../names.ts'
import { taken, type UserParts } from '../register.ts'
import { addWays, findClash, missingWays } from './import-ways.ts'
import { type ImportedUser, type Prepared, prepareUsers } from './imported-user.ts'

/** The outcome for one of them. */
export type ImportOutcome =
  | { readonly user: User; readonly wasThere: boolean; readonly refusal?: undefined }
  | { readonly user?: undefined; readonly refusal: RequestError }

/**
 * Adds accounts in one transaction. An account that exists already just as it would be added, or that has logged in
 * since, is left unchanged, so an interrupted import can be run again from its beginning.
 * @param options.dryRun Reports what would happen, and rolls back.
 * @throws {RequestError} `overloaded`
 */
export async function importUsers(
  parts: UserParts,
  users: readonly ImportedUser[],
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<ImportOutcome[]> {
  const { database, passwords, now } = parts
  if (!Array.isArray(users)) throw optionInvalid('users must be a list')
  const prepared = await prepareUsers({ sql: database.sql, passwords, now }, users)
  const outcomes: ImportOutcome[] = []
  const undone = new Error('Nothing is kept of a dry run')
  await commit(parts, async (trx) => {
    for (const [index, wanted] of prepared.entries()) {
      outcomes.push(await importOne(trx, parts, wanted, users[index]?.id !== undefined))
    }
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

/** Disables the added users that are disabled in the other system, also for tokens that the application signs. */
async function disableAll(
  trx: Sql,
  { clock, now }: UserParts,
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

async function importOne(trx: Sql, parts: UserParts, wanted: Prepared, hasOwnId: boolean): Promise<ImportOutcome> {
  if (wanted instanceof RequestError) return { refusal: wanted }
  const clash = await findClash(trx, parts, wanted)
  if (clash !== undefined) return { refusal: clash }
  const user = await insertUser(trx, wanted)
  if (typeof user !== 'string') {
    const secondFactors = await addWays(trx, parts, user.id, wanted)
    return { user: { ...user, secondFactors }, wasThere: false }
  }
  const there = await findUserByUsername(trx, wanted.username.normal)
  if (hasOwnId && there?.id !== wanted.id && (await findUser(trx, wanted.id)) !== undefined) {
    return { refusal: unfit('id', 'Another account has this id') }
  }
  const isSame =
    there !== undefined &&
    (!hasOwnId || there.id === wanted.id) &&
    there.email === (wanted.email?.shown ?? null) &&
    (there.passwordHash === wanted.passwordHash || there.lastLoginAt !== null)
  if (!isSame) return { refusal: user === 'email_taken' ? await verifiedByAnother(trx, wanted) : taken(user) }
  if (wanted.emailVerifiedAt !== undefined && there.emailVerifiedAt === null) {
    return {
      refusal: unfit(
        'email_verified',
        "The account exists, but its address is not verified: run 'hallpass users verify-email' for it",
      ),
    }
  }
  const missing = await missingWays(trx, there, wanted.ways)
  return missing === undefined ? { user: there, wasThere: true } : { refusal: missing }
}

/** If two records have the same address as verified, the later one is rejected, and the message names the other. */
async function verifiedByAnother(trx: Sql, { email }: NewUser): Promise<RequestError> {
  const other = email === null ? undefined : await findUserByEmail(trx, email.normal)
  if (other === undefined) return taken('email_taken')
  const msg = `${email?.shown} is the verified address of ${other.username}`
  return new RequestError('email_taken', msg, { members: [{ member: 'email', msg }] })
}
