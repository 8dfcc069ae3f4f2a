import { isOfSession, type RevocableClaims } from '../../revocations/judge.ts'

/** Whom a guarded request comes from. */
export interface Caller {
  readonly userId: string
  /** `undefined` for a token that the application made itself: it belongs to no session. */
  readonly sessionId: string | undefined
}

/** The session that an access token belongs to, as revocations see it: a `sid` that they would not reach names none. */
export function sessionIdOf(claims: RevocableClaims): string | undefined {
  return isOfSession(claims) ? (claims.sid as string) : undefined
}
