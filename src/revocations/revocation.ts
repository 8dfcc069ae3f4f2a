/** Access tokens that were taken back before their end. */
export interface Revocation {
  /** Which: one by its `jti`, those of a session, those of a user that belong to no session, those of a key. */
  readonly kind: RevocationKind
  /** `jti`, `sid`, `sub` or `kid`. */
  readonly id: string
  /** The first that are good again: of a session by their generation, of a user by milliseconds. `null`: none will be. */
  readonly validFrom: number | null
  /** When the last token that this can touch has ended. */
  readonly expiresAt: Date
}

export const revocationKinds = ['token', 'session', 'user', 'key'] as const

export type RevocationKind = (typeof revocationKinds)[number]

/** One token ends. @param expiresAt When it would have by itself. */
export function endOfToken(jti: string, expiresAt: Date): Revocation {
  return { kind: 'token', id: jti, validFrom: null, expiresAt }
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

/** Every token that a key signed ends. */
export function endOfKey(kid: string, expiresAt: Date): Revocation {
  return { kind: 'key', id: kid, validFrom: null, expiresAt }
}
