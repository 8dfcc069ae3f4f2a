import type { AuditEvent } from '../../../store/audit.ts'
import type { Sql } from '../../../store/engine/database.ts'

/** What a second factor is called in `amr` (RFC 8176): an app, a recovery code, a passkey of one device or of several. */
export type FactorAmr = 'otp' | 'recovery' | 'hwk' | 'swk'

/** A second factor that was proven. */
export interface ProvenFactor {
  /** Its name in `amr`. */
  readonly method: FactorAmr
  /**
   * Uses it up, in the transaction of what it is good for.
   * @returns What is written down of it; `undefined` where another request was first.
   */
  readonly take: (trx: Sql, at: Date) => Promise<readonly AuditEvent[] | undefined>
}

/** Whose factor is proven, and by which client. */
export interface FactorOwner {
  readonly userId: string
  /** As in `CodeAttempt`. */
  readonly device: string | null
}

/**
 * Proves a factor of a user in another way than by a code.
 * @param count Counts the attempt where more than the account is counted; it throws where there were enough.
 */
export type ProveFactor = (owner: FactorOwner, count?: () => Promise<void>) => Promise<ProvenFactor>
