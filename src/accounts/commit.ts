import { type AuditEvent, insertAuditEvent } from '../store/audit.ts'
import type { Sql } from '../store/database.ts'
import { insertRevocations, type Revocation } from '../store/revocations.ts'
import type { Parts } from './parts.ts'

/** What a decision did: what is to be answered, which tokens are taken back, what is written down. */
export interface Change<Result> {
  readonly result: Result
  readonly revoked?: readonly Revocation[]
  readonly events: readonly AuditEvent[]
}

/**
 * Makes a change whole: rows, revocations and audit events in one transaction, then the revocations in memory. When this
 * returns, the next request is already refused.
 */
export async function commit<Result>(
  { database, revocations, announce }: Pick<Parts, 'database' | 'revocations' | 'announce'>,
  work: (trx: Sql) => Promise<Change<Result>>,
): Promise<Result> {
  const { result, revoked, events } = await database.transaction(async (trx) => {
    const change = await work(trx)
    const revoked = change.revoked ?? []
    await insertRevocations(trx, revoked)
    for (const event of change.events) await insertAuditEvent(trx, event)
    return { ...change, revoked }
  })
  revocations.add(revoked)
  for (const event of events) announce(event)
  return result
}
