import type { AuditEvent } from '../../../store/audit.ts'
import type { Sql } from '../../../store/engine/database.ts'

/**
 * The name of a second factor in `amr` (RFC 8176): an app, a recovery code, a device-bound passkey, a synced passkey.
 */
export type FactorAmr = 'otp' | 'recovery' | 'hwk' | 'swk'

/** A second factor that was proven. */
export interface ProvenFactor {
  /** Its name in `amr`. */
  readonly method: FactorAmr
  /**
   * Uses it up, in the transaction that relies on it.
   * @returns The audit events; `undefined` if another request was first.
   */
  readonly take: (trx: Sql, at: Date) => Promise<readonly AuditEvent[] | undefined>
}

/** Whose factor is proven, and by which client. */
export interface FactorOwner {
  readonly userId: string
  /** As in `CodeAttempt`. */
  readonly device: string | null
}

/** Makes an attempt that counts where more than the account is limited; throws if the limit is reached. */
export type CountedAttempt = <Proof>(prove: () => Promise<Proof>) => Promise<Proof>

/** Proves a factor of a user by other means than a code. */
export type ProveFactor = (owner: FactorOwner, attempt?: CountedAttempt) => Promise<ProvenFactor>
