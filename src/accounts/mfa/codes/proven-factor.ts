import type { AuditEvent } from '../../../store/audit.ts'
import type { Sql } from '../../../store/database.ts'

/** A second factor that was proven. */
export interface ProvenFactor {
  /** Its name in `amr`. */
  readonly method: 'otp' | 'recovery'
  /**
   * Uses it up, in the transaction of what it is good for.
   * @returns What is written down of it; `undefined` where another request was first.
   */
  readonly take: (trx: Sql, at: Date) => Promise<readonly AuditEvent[] | undefined>
}
