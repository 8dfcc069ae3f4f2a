import { never } from './cut-table.ts'
import { isDisabled, type RevocationKind, type TokenLife } from './revocation.ts'

/** What a token says that it can be revoked by. */
export interface RevocableClaims {
  readonly jti?: unknown
  readonly sid?: unknown
  readonly gen?: unknown
  readonly sub?: unknown
  readonly iat?: unknown
  readonly exp?: unknown
}

/**
 * Where revocations are read: in memory, in the database. For a name of a kind it gives the number from which on tokens
 * are valid again (a generation, a second), `never`, or `undefined` where nothing is against it; of a disabled user the
 * standing.
 */
export type CutOf = (kind: RevocationKind, id: string) => number | undefined

/**
 * Whether a token is revoked: by its own name, by its key, with its user, or with others. This is the one rule, whatever is
 * read.
 *
 * Tokens of a session end with it, or with their generation. All others end with their user, by their second, so that one
 * of the very second of the change is refused too. A token that says nothing it could be revoked by is refused.
 */
export function isRevoked(
  { jti, sid, gen, sub, iat }: RevocableClaims,
  { kid }: { readonly kid?: unknown },
  cutOf: CutOf,
): boolean {
  if (typeof jti === 'string' && cutOf('token', jti) !== undefined) return true
  if (typeof kid === 'string' && cutOf('key', kid) !== undefined) return true
  const subject = subjectOf(sub)
  if (subject !== undefined && isDisabled(cutOf('disabled', subject))) return true
  if (sid !== undefined) {
    if (typeof sid !== 'string' || sid === '' || isBefore(gen, cutOf('session', sid))) return true
    // Without a generation it is a name of the application's own, which no change of ours would reach.
    if (isGeneration(gen)) return false
  }
  return subject === undefined || isBefore(iat, cutOf('user', subject))
}

/** The user of a token as text: `verifySub: false` lets numbers through, which older issuers wrote. */
export function subjectOf(sub: unknown): string | undefined {
  if (typeof sub === 'string') return sub === '' ? undefined : sub
  return Number.isSafeInteger(sub) ? String(sub) : undefined
}

/** Whether a token belongs to a session of ours. */
export function isOfSession({ sid, gen }: RevocableClaims): boolean {
  return typeof sid === 'string' && sid !== '' && isGeneration(gen)
}

/**
 * Whether the journal keeps revocations for as long as this token may be accepted. It does not for one that lives longer
 * than any that a server signs, which only the application itself makes: its user's row is asked then.
 *
 * A token of a session is only signed once its life stands in the database. For others it matters that they are not from
 * before: their revocations may be forgotten already.
 */
export function isKept(claims: RevocableClaims, lives: readonly TokenLife[]): boolean {
  const { iat, exp } = claims
  if (typeof iat !== 'number' || typeof exp !== 'number') return false
  for (const { seconds, since } of lives) {
    if (exp - iat <= seconds && (since <= iat || isOfSession(claims))) return true
  }
  return false
}

function isGeneration(gen: unknown): boolean {
  return Number.isSafeInteger(gen) && (gen as number) > 0
}

function isBefore(value: unknown, cut: number | undefined): boolean {
  return cut !== undefined && !(typeof value === 'number' && value >= cut && cut !== never)
}
