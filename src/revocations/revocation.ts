/** Access tokens that are revoked before their end. */
export interface Revocation {
  /**
   * Which: one by its `jti`, those of a session, those of a user that belong to no session, those of a key; or all of a user
   * who is disabled, also those that are signed later.
   */
  readonly kind: RevocationKind
  /** `jti`, `sid`, `sub` or `kid`. */
  readonly id: string
  /**
   * The first that are valid again: of a session by their generation, of a user by milliseconds; `null`: none will be. Of a
   * disabled user the standing: odd while disabled, even when enabled again.
   */
  readonly validFrom: number | null
  /** `exp` of the only token that it touches, `null` without one. Absent where it touches several: the database knows how long they live. */
  readonly tokenEnd?: number | null
}

/** A revocation as the journal keeps it. */
export interface JournalEntry extends Omit<Revocation, 'tokenEnd'> {
  /** Kept until then, by the clock of the database. */
  readonly expiresAt: Date
}

/** What a journal knows at one moment, or a page of it. */
export interface JournalPage {
  readonly revocations: readonly JournalEntry[]
  /** The clock of the database. */
  readonly now: Date
  /** The tokens that the journal answers for. */
  readonly lives: readonly TokenLife[]
  readonly isComplete: boolean
}

/** A life that access tokens are signed with. Revocations are kept for as long as such tokens may be accepted anywhere. */
export interface TokenLife {
  readonly seconds: number
  /** Unix seconds: of tokens that belong to no session, for those issued from then on. */
  readonly since: number
}

export const revocationKinds = ['token', 'session', 'user', 'key', 'disabled'] as const

export type RevocationKind = (typeof revocationKinds)[number]

/** One token ends. @param exp When it would have by itself. */
export function endOfToken(jti: string, exp: number | undefined): Revocation {
  return { kind: 'token', id: jti, validFrom: null, tokenEnd: exp ?? null }
}

/** All access tokens of a session end. */
export function endOfSession(id: string): Revocation {
  return { kind: 'session', id, validFrom: null }
}

/** The access tokens of a session end, those of earlier generations. */
export function cutOfSession(id: string, generation: number): Revocation {
  return { kind: 'session', id, validFrom: generation }
}

/** The access tokens of a user end, those without a session and from before. */
export function cutOfUser(id: string, validFrom: Date): Revocation {
  return { kind: 'user', id, validFrom: validFrom.getTime() }
}

/**
 * A user is disabled, for as long as it takes, or enabled again. That is kept as long: a process that heard of the first, and of
 * nothing more for hours, must still hear of the second.
 * @param standing Of the user's row.
 */
export function standingOfUser(id: string, standing: number): Revocation {
  return { kind: 'disabled', id, validFrom: standing, tokenEnd: null }
}

/** Of a user who is deleted. @param standing An even one. */
export function lastStandingOfUser(id: string, standing: number): Revocation {
  return { kind: 'disabled', id, validFrom: standing }
}

/** Of the greatest standing that is known of a user. */
export function isDisabled(standing: number | undefined): boolean {
  return standing !== undefined && standing % 2 === 1
}

/** Every token that a key signed ends. */
export function endOfKey(kid: string): Revocation {
  return { kind: 'key', id: kid, validFrom: null }
}
