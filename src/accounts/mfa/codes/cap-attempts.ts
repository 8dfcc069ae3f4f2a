import { commit } from '../../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { queueNotice } from '../../../mail/notices.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { countFactorAttempt, forgetFactorAttempts, uncountFactorAttempt } from '../../../store/mfa/wrong-factors.ts'
import { findUser } from '../../../store/users/users.ts'
import type { MfaParts } from '../parts.ts'
import type { ProvenFactor } from './proven-factor.ts'

/**
 * Wrong codes in a row that strangers to the account may try (NIST SP 800-63B-4 section 3.2.2). The limits slow them down, but
 * only in time: a thief of the password who waits would guess one in the end.
 */
const mostInRow = 100

/**
 * Proves a factor while the count allows it, and not one that is right beyond it. A device that has proven a factor before
 * is not counted: a thief of the password cannot keep its owner out.
 * @returns `undefined` where it is wrong, or no more are compared.
 */
export async function cappedAttempt(
  parts: MfaParts,
  { userId, device }: { readonly userId: string; readonly device: string | null },
  origin: RequestOrigin,
  prove: () => Promise<ProvenFactor | undefined>,
): Promise<ProvenFactor | undefined> {
  const { sql } = parts.database
  if (device !== null) return forgetting(await prove(), userId)
  const count = await countFactorAttempt(sql, userId, mostInRow)
  if (count === undefined) return undefined
  const factor = await prove().catch(async (error) => {
    await uncountFactorAttempt(sql, userId)
    throw error
  })
  if (factor === undefined && count === mostInRow) await commit(parts, (trx) => noteLock(trx, parts, userId, origin))
  return forgetting(factor, userId)
}

/** The count begins anew in the transaction that uses up the factor. */
function forgetting(factor: ProvenFactor | undefined, userId: string): ProvenFactor | undefined {
  return (
    factor && {
      ...factor,
      async take(trx, at) {
        const events = await factor.take(trx, at)
        if (events !== undefined) await forgetFactorAttempts(trx, userId)
        return events
      },
    }
  )
}

async function noteLock(trx: Sql, parts: MfaParts, userId: string, origin: RequestOrigin) {
  const at = parts.now()
  const user = await findUser(trx, userId)
  if (user !== undefined) await queueNotice(trx, parts, user, 'factor_locked', { attempts: mostInRow }, { at, origin })
  const details = { attempts: mostInRow }
  return { result: undefined, events: [makeEvent('factor_locked', at, origin, { userId, details })] }
}
