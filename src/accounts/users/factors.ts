import { type ChangeParts, commit } from '../../core/change.ts'
import { endSurplus } from '../../core/end-sessions.ts'
import { makeEvent } from '../../core/events.ts'
import { queueNotice } from '../../mail/notices.ts'
import type { OutboxParts } from '../../mail/outbox/outbox.ts'
import { cutOfUser, endOfSession } from '../../revocations/revocation.ts'
import type { Database, Sql } from '../../store/engine/database.ts'
import { countRecoveryCodes, deleteRecoveryCodesOf } from '../../store/mfa/recovery-codes.ts'
import { recountFactors } from '../../store/mfa/second-factors.ts'
import { deleteTotpsOf, listTotps } from '../../store/mfa/totp.ts'
import { forgetFactorAttempts } from '../../store/mfa/wrong-factors.ts'
import { deleteSecretsOf } from '../../store/one-time/one-time-secrets.ts'
import { deletePasskeysOf, listPasskeys } from '../../store/passkeys.ts'
import { lockUser } from '../../store/sessions/session-batches.ts'
import { revokeSessions } from '../../store/sessions/sessions.ts'
import { findUser, type User, updateUser } from '../../store/users/users.ts'

/** Maximum authenticator apps per user. */
export const mostApps = 5

/** The second factors of a user. Nothing in it is secret. */
export interface Factors {
  /** Authenticator apps, the oldest first. */
  readonly totp: readonly Factor[]
  /** The oldest first. */
  readonly passkeys: readonly Factor[]
  readonly recoveryCodesLeft: number
}

/** An authenticator app, or a passkey. */
export interface Factor {
  readonly id: string
  /** The name that the user gave it. */
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

export async function factorsOf(
  { database }: { readonly database: Pick<Database, 'sql'> },
  userId: string,
): Promise<Factors> {
  return {
    totp: (await listTotps(database.sql, userId)).map(factorOf),
    passkeys: (await listPasskeys(database.sql, userId)).map(factorOf),
    recoveryCodesLeft: await countRecoveryCodes(database.sql, userId),
  }
}

function factorOf({ id, name, createdAt, lastUsedAt }: Factor): Factor {
  return { id, name, createdAt, lastUsedAt }
}

/**
 * Removes factors in a transaction that has locked the user: all, or those added since a given time. Recovery codes are
 * removed in any case: without a factor they are of no use, and those made since that time may be an attacker's.
 * @returns How many factors are left.
 */
export async function removeFactors(trx: Sql, userId: string, now: Date, since?: Date): Promise<number> {
  await deleteTotpsOf(trx, userId, since)
  await deletePasskeysOf(trx, userId, since)
  await deleteRecoveryCodesOf(trx, userId)
  return recountFactors(trx, userId, now)
}

/** Secrets that stay valid whatever changes about a user: with them, the owner of an address gets it back. */
export const lastingSecrets: readonly string[] = ['undo_email']

/** Removes all factors of a user who lost them, ends all sessions and revokes all access tokens. */
export async function resetFactors(parts: ChangeParts & OutboxParts, userId: string): Promise<User | undefined> {
  await endSurplus(parts, { userId }, 'factors_changed')
  return commit(parts, async (trx) => {
    await lockUser(trx, userId)
    const at = parts.now()
    const before = await findUser(trx, userId)
    if (before === undefined) return { result: undefined, events: [] }
    const { totp, passkeys } = await factorsOf({ database: { sql: trx } }, userId)
    const factor = [...totp, ...passkeys].map(({ name }) => name).join(', ')
    await removeFactors(trx, userId, at)
    await forgetFactorAttempts(trx, userId)
    if (factor !== '')
      await queueNotice(trx, parts, before, 'factor_removed', { factor }, { at, origin: parts.operator })
    await deleteSecretsOf(trx, userId, { except: lastingSecrets })
    const user = await updateUser(trx, userId, { tokensValidAfter: at }, at)
    const ended = await revokeSessions(trx, { userId }, 'factors_changed', at)
    return {
      result: user,
      revoked: [...ended.map(({ id }) => endOfSession(id)), cutOfUser(userId, at)],
      events: [makeEvent('factors_reset', at, parts.operator, { userId, details: { factors: before.secondFactors } })],
    }
  })
}
