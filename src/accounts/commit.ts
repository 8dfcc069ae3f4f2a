import type { Revocation } from '../revocations/revocation.ts'
import { type AuditEvent, insertAuditEvent } from '../store/audit.ts'
import type { Sql } from '../store/database.ts'
import { insertRevocations } from '../store/revocations.ts'
import type { Parts } from './parts.ts'

/** What a decision did: what is to be answered, which tokens are taken back, what is written down. */
export interface Change<Result> {
  readonly result: Result
  readonly revoked?: readonly Revocation[]
  readonly events: readonly AuditEvent[]
  /** Whether other processes are told at once. Where something is taken back, they are. */
  readonly isSignalled?: boolean
}

/**
 * Makes a change whole: rows, revocations and audit events in one transaction, then the revocations in memory. When this
 * returns, the next request is already refused.
 */
export async function commit<Result>(
  { database, revocations, announce, signal }: Pick<Parts, 'database' | 'revocations' | 'announce' | 'signal'>,
  work: (trx: Sql) => Promise<Change<Result>>,
): Promise<Result> {
  const { result, revoked, events, isSignalled } = await database.transaction(async (trx) => {
    const change = await work(trx)
    const revoked = change.revoked ?? []
    await insertRevocations(trx, revoked)
    for (const event of change.events) await insertAuditEvent(trx, event)
    return { ...change, revoked }
  })
  revocations.add(revoked)
  if (isSignalled || revoked.length > 0) signal()
  for (const event of events) announce(event)
  return result
}
