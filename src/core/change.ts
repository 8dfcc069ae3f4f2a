import type { JournalEntry, Revocation } from '../revocations/revocation.ts'
import type { RevocationSet } from '../revocations/revocation-set.ts'
import { type AuditEvent, insertAuditEvents } from '../store/audit.ts'
import type { Database, Sql } from '../store/engine/database.ts'
import { insertRevocations } from '../store/revocations/revocations.ts'
import type { RequestOrigin } from './events.ts'
import type { InstallationClock } from './shared-clock.ts'

/** What a change is made with. */
export interface ChangeParts {
  readonly database: Database
  readonly revocations: RevocationSet
  /** Called with every event, once the change is done. */
  readonly announce: (event: AuditEvent) => void
  /** Notifies other processes that there is something to read, where the database does not do it by itself. */
  readonly signal: () => void
  readonly now: () => Date
  readonly clock: InstallationClock
  /** Whom events name where no client asks: the operator, or the application itself. */
  readonly operator: RequestOrigin
}

/** What a decision did: what is to be answered, which tokens are revoked, what is written down. */
export interface Change<Result> {
  readonly result: Result
  readonly revoked?: readonly Revocation[]
  /** Where it depends on what of `revoked` was not revoked before: a function of that. */
  readonly events: readonly AuditEvent[] | ((written: readonly JournalEntry[]) => readonly AuditEvent[])
  /** Whether other processes are notified at once. Where something is revoked, they are. */
  readonly isSignalled?: boolean
}

/**
 * Makes a change whole: rows, revocations and audit events in one transaction, then the revocations in memory. When this
 * returns, the next request is already refused.
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
  // Also what another node wrote before: this one answers for it from now on, and may not have read it yet.
  if (written !== undefined) revocations.add(written.all, written.now)
  if (isSignalled || (written?.entries.length ?? 0) > 0) signal()
  for (const event of events) announce(event)
  return result
}
