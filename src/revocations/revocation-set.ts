import { CutTable, never, shardCount } from './cut-table.ts'
import { type CutOf, isKept, isRevoked, type RevocableClaims } from './judge.ts'
import type { JournalEntry, RevocationKind, TokenLife } from './revocation.ts'

/** How often one of the small tables is cleaned, so that all of them are within a minute. */
const sweepMilliseconds = 60_000 / shardCount

/**
 * The revocations that still matter, in memory. Every guarded request asks here, and nothing is awaited. Access tokens
 * live for minutes, so the list is short: an entry is deleted once the last token that it can affect has expired.
 *
 * The remaining time of an entry comes from the database's clock, and is counted down by a monotonic clock. So a
 * machine whose time is set forward deletes nothing early.
 */
export class RevocationSet {
  readonly #cuts: Readonly<Record<RevocationKind, CutTable>> = {
    token: new CutTable(),
    session: new CutTable(),
    user: new CutTable(),
    key: new CutTable(),
    disabled: new CutTable(),
  }
  readonly #cutOf: CutOf = (kind, id) => this.#cuts[kind].get(id)
  readonly #steadyNow: () => number
  #lives: readonly TokenLife[] = []
  #sweptAt: number
  readonly #waiting = new Set<() => void>()

  /** @param steadyNow Monotonic milliseconds since an arbitrary moment. */
  constructor(steadyNow: () => number = () => performance.now()) {
    this.#steadyNow = steadyNow
    this.#sweptAt = steadyNow()
  }

  /** @param now The database's clock, by which the entries expire. */
  add(revocations: readonly JournalEntry[], now: Date): void {
    const steady = this.#steadyNow()
    for (const { kind, id, validFrom, expiresAt } of revocations) {
      const left = Math.max(0, expiresAt.getTime() - now.getTime())
      this.#cuts[kind].raise(id, goodFrom(kind, validFrom), steady + left)
    }
    this.sweep()
    if (revocations.length > 0) for (const wake of this.#waiting) wake()
  }

  /** Which tokens this set can judge. */
  set lives(lives: readonly TokenLife[]) {
    this.#lives = lives
  }

  /** Resolves when something is added, or after this many seconds. */
  async next(seconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, seconds * 1000)
    timer.unref()
    this.#waiting.add(resolve)
    await promise
    clearTimeout(timer)
    this.#waiting.delete(resolve)
  }

  /**
   * Whether revocations of such a token are kept here for as long as it lives. Other tokens have to be checked
   * elsewhere.
   */
  keeps(claims: RevocableClaims): boolean {
    return isKept(claims, this.#lives)
  }

  /** Whether a token is revoked, as far as is known here. */
  has(claims: RevocableClaims, header: { readonly kid?: unknown }): boolean {
    return isRevoked(claims, header, this.#cutOf)
  }

  /** Like `has`, but ignores a revocation that can be lifted: a disabled user may be enabled again. */
  hasForGood(claims: RevocableClaims, header: { readonly kid?: unknown }): boolean {
    return isRevoked(claims, header, (kind, id) => (kind === 'disabled' ? undefined : this.#cutOf(kind, id)))
  }

  /** The number of entries. */
  get size(): number {
    return Object.values(this.#cuts).reduce((sum, { size }) => sum + size, 0)
  }

  /** Deletes some of the expired entries. It is called with each addition and each read; a call does little. */
  sweep(): void {
    const now = this.#steadyNow()
    const due = Math.min(shardCount, Math.floor((now - this.#sweptAt) / sweepMilliseconds))
    if (due <= 0) return
    this.#sweptAt = now
    for (const table of Object.values(this.#cuts)) {
      if (table.size > 0) for (let count = 0; count < due; count++) table.sweep(now)
    }
  }
}

/** The number from which tokens are valid again: a generation, or the second after the change. */
export function goodFrom(kind: RevocationKind, validFrom: number | null): number {
  if (validFrom === null) return never
  return kind === 'user' ? Math.floor(validFrom / 1000) + 1 : validFrom
}
