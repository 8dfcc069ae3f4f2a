import { never } from './cut-table.ts'
import { isDisabled, type RevocationKind, type TokenLife } from './revocation.ts'

/** The claims by which a token can be revoked. */
export interface RevocableClaims {
  readonly jti?: unknown
  readonly sid?: unknown
  readonly gen?: unknown
  readonly sub?: unknown
  readonly iat?: unknown
  readonly exp?: unknown
}

/**
 * Looks up a revocation, in memory or in the database. For a kind and a name it returns the number from which tokens
 * are valid again (a generation or a second), `never`, or `undefined` if nothing is revoked. For `disabled` it returns
 * the user's standing.
 */
export type CutOf = (kind: RevocationKind, id: string) => number | undefined

/**
 * Whether a token is revoked: by itself, with its key, with its user, or with its session. This is the only rule,
 * wherever revocations are read from.
 *
 * Tokens of a session end with the session, or with their generation. All others end with their user, to the second; a
 * token from the same second as the change is also rejected. A token without any claim by which it could be revoked is
 * rejected. So is one whose `jti`, `sid` or `sub` contains NUL, because PostgreSQL cannot store its revocation.
 */
export function isRevoked(
  { jti, sid, gen, sub, iat }: RevocableClaims,
  { kid }: { readonly kid?: unknown },
  cutOf: CutOf,
): boolean {
  if (hasNul(jti) || hasNul(sid) || hasNul(sub)) return true
  if (typeof jti === 'string' && cutOf('token', jti) !== undefined) return true
  if (typeof kid === 'string' && cutOf('key', kid) !== undefined) return true
  const subject = subjectOf(sub)
  if (subject !== undefined && isDisabled(cutOf('disabled', subject))) return true
  if (sid !== undefined) {
    if (typeof sid !== 'string' || sid === '' || isBefore(gen, cutOf('session', sid))) return true
    // A `sid` without a `gen` is the application's own, and no revocation of a session would reach it.
    if (isGeneration(gen)) return false
  }
  return subject === undefined || isBefore(iat, cutOf('user', subject))
}

/** The user of a token as a string. `verifySub: false` also accepts numbers, which older issuers wrote. */
export function subjectOf(sub: unknown): string | undefined {
  if (typeof sub === 'string') return sub === '' ? undefined : sub
  return Number.isSafeInteger(sub) ? String(sub) : undefined
}

/** Whether a token belongs to one of our sessions. */
export function isOfSession({ sid, gen }: RevocableClaims): boolean {
  return typeof sid === 'string' && sid !== '' && isGeneration(gen)
}

/**
 * Whether the journal keeps revocations for as long as this token may be accepted. It does not if the token lives
 * longer than any that a server signs, which only tokens issued by the application can: its user's row is then checked
 * instead.
 *
 * A token of a session is signed only after its life is registered in the database. Other tokens may have been issued
 * before that, when their revocations were not kept long enough.
 */
export function isKept(claims: RevocableClaims, lives: readonly TokenLife[]): boolean {
  const { iat, exp } = claims
  if (typeof iat !== 'number' || typeof exp !== 'number') return false
  for (const { seconds, since } of lives) {
    if (exp - iat <= seconds && (since <= iat || isOfSession(claims))) return true
  }
  return false
}

function hasNul(name: unknown): boolean {
  return typeof name === 'string' && name.includes('\0')
}

function isGeneration(gen: unknown): boolean {
  return Number.isSafeInteger(gen) && (gen as number) > 0
}

function isBefore(value: unknown, cut: number | undefined): boolean {
  return cut !== undefined && !(typeof value === 'number' && value >= cut && cut !== never)
}
