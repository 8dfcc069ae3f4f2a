import type { JournalEntry, Revocation } from '../revocations/revocation.ts'
import type { RevocationSet } from '../revocations/revocation-set.ts'
import { type AuditEvent, insertAuditEvents } from '../store/audit.ts'
import type { Database, Sql } from '../store/engine/database.ts'
import { insertRevocations } from '../store/revocations/revocations.ts'
import type { RequestOrigin } from './events.ts'
import type { InstallationClock } from './shared-clock.ts'

/** What every change needs. */
export interface ChangeParts {
  readonly database: Database
  readonly revocations: RevocationSet
  /** Called with every event after its transaction is committed. */
  readonly announce: (event: AuditEvent) => void
  /** Notifies other processes that there is something to read, if the database does not do so itself. */
  readonly signal: () => void
  readonly now: () => Date
  readonly clock: InstallationClock
  /** Named in events without a client's request: the operator, or the application itself. */
  readonly operator: RequestOrigin
}

/** The outcome of a decision: its result, the tokens it revokes, and the events to store. */
export interface Change<Result> {
  readonly result: Result
  readonly revoked?: readonly Revocation[]
  /** A function if the events depend on which of `revoked` were not revoked before. */
  readonly events: readonly AuditEvent[] | ((written: readonly JournalEntry[]) => readonly AuditEvent[])
  /** Whether other processes are notified at once. They always are if something is revoked. */
  readonly isSignalled?: boolean
}

/**
 * Commits a change: rows, revocations and audit events in one transaction, then the revocations in memory. Once this
 * returns, the next request is already rejected.
 */
export async function commit<Result>(
  { database, revocations, announce, signal }: Pick<ChangeParts, 'database' | 'revocations' | 'announce' | 'signal'>,
  work: (trx: Sql) => Promise<Change<Result>>,
): Promise<Result> {
  const { result, written, events, isSignalled } = await database.transaction(async (trx) => {
    const { revoked = [], ...change } = await work(trx)
    const written = revoked.length === 0 ? undefined : await insertRevocations(trx, revoked)
    const events = typeof change.events === 'function' ? change.events(written?.entries ?? []) : change.events
    await insertAuditEvents(trx, events)
    return { ...change, events, written }
  })
  // Also adds entries that another node wrote before. From now on this node answers for them, and it may not have read
  // them yet.
  if (written !== undefined) revocations.add(written.all, written.now)
  if (isSignalled || (written?.entries.length ?? 0) > 0) signal()
  for (const event of events) announce(event)
  return result
}
