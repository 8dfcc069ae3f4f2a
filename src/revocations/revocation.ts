/** A revocation of access tokens before they expire. */
export interface Revocation {
  /**
   * What is revoked: one token by its `jti`, the tokens of a session, those of a user that belong to no session, or
   * those of a key. `disabled` covers all tokens of a disabled user, including those that are signed later.
   */
  readonly kind: RevocationKind
  /** `jti`, `sid`, `sub` or `kid`. */
  readonly id: string
  /**
   * Where valid tokens start again: for a session a generation, for a user milliseconds, `null` if none will be valid.
   * For a disabled user the standing: odd while disabled, even once enabled again.
   */
  readonly validFrom: number | null
  /**
   * The `exp` of the only token that it affects, `null` if that has none. Absent if it affects several: the database
   * knows how long they live.
   */
  readonly tokenEnd?: number | null
}

/** A revocation as the journal keeps it. */
export interface JournalEntry extends Omit<Revocation, 'tokenEnd'> {
  /** When the entry may be deleted, by the database's clock. */
  readonly expiresAt: Date
}

/** What a journal contains at one moment, or one page of it. */
export interface JournalPage {
  readonly revocations: readonly JournalEntry[]
  /** The database's clock. */
  readonly now: Date
  /** The lives of tokens that the journal covers. */
  readonly lives: readonly TokenLife[]
  readonly isComplete: boolean
}

/**
 * A lifetime with which access tokens are signed. Revocations are kept for as long as such a token may be accepted
 * anywhere.
 */
export interface TokenLife {
  readonly seconds: number
  /** Unix seconds. Tokens that belong to no session are covered if they were issued from then on. */
  readonly since: number
}

export const revocationKinds = ['token', 'session', 'user', 'key', 'disabled'] as const

export type RevocationKind = (typeof revocationKinds)[number]

/** Revokes one token. @param exp When it would have expired. */
export function endOfToken(jti: string, exp: number | undefined): Revocation {
  return { kind: 'token', id: jti, validFrom: null, tokenEnd: exp ?? null }
}

/** Revokes all access tokens of a session. */
export function endOfSession(id: string): Revocation {
  return { kind: 'session', id, validFrom: null }
}

/** Revokes the access tokens of a session's earlier generations. */
export function cutOfSession(id: string, generation: number): Revocation {
  return { kind: 'session', id, validFrom: generation }
}

/** Revokes a user's earlier access tokens that belong to no session. */
export function cutOfUser(id: string, validFrom: Date): Revocation {
  return { kind: 'user', id, validFrom: validFrom.getTime() }
}

/**
 * States that a user is disabled, or enabled again. Both entries are kept equally long: a process that learned of the
 * first and then of nothing for hours must still learn of the second.
 * @param standing Of the user's row.
 */
export function standingOfUser(id: string, standing: number): Revocation {
  return { kind: 'disabled', id, validFrom: standing, tokenEnd: null }
}

/** The entry of a deleted user. @param standing An even one. */
export function lastStandingOfUser(id: string, standing: number): Revocation {
  return { kind: 'disabled', id, validFrom: standing }
}

/** Whether the highest known standing of a user means disabled. */
export function isDisabled(standing: number | undefined): boolean {
  return standing !== undefined && standing % 2 === 1
}

/** Revokes every token that a key signed. */
export function endOfKey(kid: string): Revocation {
  return { kind: 'key', id: kid, validFrom: null }
}
