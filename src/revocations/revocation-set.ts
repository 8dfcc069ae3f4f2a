import { CutTable, never, shardCount } from './cut-table.ts'
import type { Revocation, RevocationKind } from './revocation.ts'

/** What a token says that can be taken back. */
export interface RevocableClaims {
  readonly jti?: unknown
  readonly sid?: unknown
  readonly gen?: unknown
  readonly sub?: unknown
  readonly iat?: unknown
}

/** How often one of the small tables is cleaned: all of them within a minute. */
const sweepMilliseconds = 60_000 / shardCount

/**
 * The revocations that still matter, in memory: every guarded request asks here, and no request waits for it. Access
 * tokens live for minutes, so the list is short: an entry goes when the last token that it can touch has ended.
 */
export class RevocationSet {
  readonly #cuts: Readonly<Record<RevocationKind, CutTable>> = {
    token: new CutTable(),
    session: new CutTable(),
    user: new CutTable(),
    key: new CutTable(),
  }
  readonly #now: () => number
  #sweptAt: number
  readonly #waiting = new Set<() => void>()

  /** @param now Milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now
    this.#sweptAt = now()
  }

  add(revocations: readonly Revocation[]): void {
    for (const { kind, id, validFrom, expiresAt } of revocations) {
      this.#cuts[kind].raise(id, goodFrom(kind, validFrom), expiresAt.getTime())
    }
    this.sweep()
    if (revocations.length > 0) for (const wake of this.#waiting) wake()
  }

  /** Resolves when something is added, or after so many seconds. */
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
   * Whether a token was taken back: by its own name, by its key, or with others. Those of a session go with the session,
   * or with their generation. Those that belong to none go with their user: by their second, so that one of the very
   * second of the change is refused too.
   */
  has({ jti, sid, gen, sub, iat }: RevocableClaims, { kid }: { readonly kid?: unknown } = {}): boolean {
    const { token, session, user, key } = this.#cuts
    if (typeof jti === 'string' && token.get(jti) !== undefined) return true
    if (typeof kid === 'string' && key.get(kid) !== undefined) return true
    if (typeof sid === 'string') return isBefore(gen, session.get(sid))
    return typeof sub === 'string' && isBefore(iat, user.get(sub))
  }

  /** How many entries are kept. */
  get size(): number {
    return Object.values(this.#cuts).reduce((sum, { size }) => sum + size, 0)
  }

  /** Forgets some of what is over. Whoever adds, or keeps the set true, calls this; each call does little. */
  sweep(): void {
    const now = this.#now()
    const due = Math.min(shardCount, Math.floor((now - this.#sweptAt) / sweepMilliseconds))
    // Also where the clock was set back.
    if (due !== 0) this.#sweptAt = now
    for (const table of Object.values(this.#cuts)) {
      if (table.size > 0) for (let count = 0; count < due; count++) table.sweep(now)
    }
  }
}

function goodFrom(kind: RevocationKind, validFrom: number | null): number {
  if (validFrom === null) return never
  return kind === 'user' ? Math.floor(validFrom / 1000) + 1 : validFrom
}

function isBefore(value: unknown, cut: number | undefined): boolean {
  return cut !== undefined && !(typeof value === 'number' && value >= cut && cut !== never)
}
