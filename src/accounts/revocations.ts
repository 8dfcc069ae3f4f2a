import type { Revocation } from '../store/revocations.ts'

/** What a token says that can be taken back. */
interface RevocableClaims {
  readonly sid?: unknown
  readonly gen?: unknown
  readonly sub?: unknown
  readonly iat?: unknown
}

/** The first tokens that are good again, and when all others have ended. */
interface Cut {
  readonly validFrom: number
  readonly forgetAt: number
}

/**
 * The revocations that still matter, in memory: every guarded request asks here, and no request waits for it. Access
 * tokens live for minutes, so the list is short: an entry goes when the last token that it can touch has ended.
 */
export class Revocations {
  readonly #cuts = { session: new Map<string, Cut>(), user: new Map<string, Cut>() }
  readonly #now: () => number
  #sweepAt = 0

  /** @param now Milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now
  }

  add(revocations: readonly Revocation[]): void {
    for (const { kind, id, validFrom, expiresAt } of revocations) {
      const before = this.#cuts[kind].get(id)
      // Never less than before: two changes at once may be told in either order.
      this.#cuts[kind].set(id, {
        validFrom: Math.max(validFrom ?? Number.POSITIVE_INFINITY, before?.validFrom ?? 0),
        forgetAt: Math.max(expiresAt.getTime(), before?.forgetAt ?? 0),
      })
    }
    this.#sweep()
  }

  /**
   * Whether a token was taken back. Those of a session go with the session, or with their generation. Those that the
   * application made itself belong to none and go with their user: by their second, so that one of the very second of the
   * change is refused too.
   */
  has({ sid, gen, sub, iat }: RevocableClaims): boolean {
    if (typeof sid === 'string') {
      const cut = this.#cuts.session.get(sid)
      return cut !== undefined && !(typeof gen === 'number' && gen >= cut.validFrom)
    }
    const cut = typeof sub === 'string' ? this.#cuts.user.get(sub) : undefined
    return cut !== undefined && !(typeof iat === 'number' && iat * 1000 >= cut.validFrom)
  }

  /** How many entries are kept. */
  get size(): number {
    return this.#cuts.session.size + this.#cuts.user.size
  }

  /** Once a minute at most, and only when something is added: what has ended takes no more room than it did. */
  #sweep(): void {
    const now = this.#now()
    if (now < this.#sweepAt) return
    this.#sweepAt = now + 60_000
    for (const cuts of [this.#cuts.session, this.#cuts.user]) {
      for (const [id, { forgetAt }] of cuts) if (forgetAt <= now) cuts.delete(id)
    }
  }
}

/** All access tokens of a session end. @param expiresAt When the last of them would have. */
export function endOfSession(id: string, expiresAt: Date): Revocation {
  return { kind: 'session', id, validFrom: null, expiresAt }
}

/** The access tokens of a session end, those of earlier generations. */
export function cutOfSession(id: string, generation: number, expiresAt: Date): Revocation {
  return { kind: 'session', id, validFrom: generation, expiresAt }
}

/** The access tokens of a user end, those without a session and from before. */
export function cutOfUser(id: string, validFrom: Date, expiresAt: Date): Revocation {
  return { kind: 'user', id, validFrom: validFrom.getTime(), expiresAt }
}
