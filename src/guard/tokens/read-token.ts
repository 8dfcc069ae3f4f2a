import { type SignedToken, TokenError, type TokenErrorCode } from '../../errors.ts'
import {
  type ClaimRules,
  checkAge,
  checkClaims,
  checkExpiry,
  expired,
  isExpired,
  validityOf,
} from '../../token/claims.ts'
import type { TokenHeader } from '../../token/compact.ts'
import { pick } from '../../token/json-value.ts'
import type { Key } from '../../token/keys/key.ts'
import type { KeySet } from '../../token/keys/key-set.ts'
import type { SeenToken } from '../../token/verified-cache.ts'
import { checkTyp, openToken } from '../../token/verify.ts'
import { checkCsrfValue, claimMissing } from '../cookies/csrf.ts'
import type { Settings } from '../options/defaults.ts'
import type { JwtClaims } from './jwt-claims.ts'

/** Options for reading a token outside of a request. */
export interface DecodeOptions {
  /** Must equal the token's `csrf` claim. Not checked by default. */
  readonly csrfValue?: string | undefined
  /** Accepts an expired token; everything else is still checked. `false` by default. */
  readonly allowExpired?: boolean
}

/** Which token a route requires. */
export interface TokenExpectations {
  /** Requires a refresh token instead of an access token. `false` by default. */
  readonly refresh?: boolean
  /** Requires a token that is still fresh. `false` by default. */
  readonly fresh?: boolean
  /** `false` accepts both kinds. `true` by default. */
  readonly verifyType?: boolean
}

export const expectationNames = ['refresh', 'fresh', 'verifyType'] as const
export const decodeNames: ReadonlySet<keyof DecodeOptions> = new Set(['csrfValue', 'allowExpired'])
export const verifyNames: ReadonlySet<keyof (DecodeOptions & TokenExpectations)> = new Set([
  ...decodeNames,
  ...expectationNames,
])

/** A token with a valid signature and valid claims, before the requirements of the route are checked. */
export interface ReadToken<Identity = string> {
  readonly header: TokenHeader
  readonly claims: JwtClaims<Identity>
}

/** A valid token and its identity. */
export interface VerifiedToken<Identity = string> extends ReadToken<Identity> {
  /** The identity claim: a string; with `verifySub: false` also a number. */
  readonly identity: Identity
}

/** The claim rules of a manager. They are created once, because cached decisions refer to them. */
export function claimRules(settings: Settings): ClaimRules {
  return {
    issuer: settings.decodeIssuer,
    audience: settings.decodeAudience,
    lenient: settings.lenientClaims,
    ...pick(settings, ['leewaySeconds', 'requireExp', 'requiredClaims', 'maxTokenAgeSeconds', 'verifySub']),
  }
}

/**
 * Checks the signature, then the claims, `exp` last of all.
 *
 * If the same token was accepted before, only its times are checked, because nothing else can have changed. The cache
 * can only accept: a token is never rejected without going through all the rules, in their order.
 * @throws {TokenError} `token_*`, `csrf_mismatch`
 */
export function readToken(
  token: string,
  keys: Key | KeySet,
  settings: Settings,
  rules: ClaimRules,
  { csrfValue, allowExpired = false }: DecodeOptions,
): ReadToken {
  const now = settings.clock()
  const seen = openToken(token, keys, allowExpired ? undefined : rules, now)
  const wasAccepted = seen.rules === rules && seen.begins <= now && now < seen.ends
  if (wasAccepted && csrfValue === undefined) return seen as SeenToken & ReadToken
  const { header, signedClaims: claims } = seen
  try {
    checkKind(header, claims, settings)
    checkClaims(claims, rules, now)
    checkOwnClaims(claims, settings)
    if (csrfValue !== undefined) checkCsrfValue(claims, csrfValue)
    const atEnd = allowExpired ? -Infinity : now
    checkExpiry(claims, rules, atEnd)
    // A refresh token is meant to outlive access tokens.
    if (claims.type !== 'refresh') checkAge(claims, rules, atEnd)
  } catch (error) {
    throw error instanceof TokenError ? error.about(Object.freeze({ header, claims })) : error
  }
  const read = { header, claims: withDefaults(claims) }
  // With a maximum age, everything is checked each time.
  if (rules.maxTokenAgeSeconds === undefined) Object.assign(seen, read, validityOf(claims, rules), { rules })
  return read
}

/**
 * The refusal of a token for which the application has no key. Like a `KeySet`, it reports the token as expired if its
 * `exp` has passed.
 */
export function keyMissing(
  claims: SignedToken['claims'],
  settings: Settings,
  rules: ClaimRules,
  { allowExpired = false }: DecodeOptions,
  cause?: unknown,
): TokenError {
  const hasExpired = !allowExpired && isExpired(claims, rules, settings.clock())
  if (hasExpired) return expired()
  return new TokenError('token_key_unknown', 'No key for this token', cause === undefined ? {} : { cause })
}

/**
 * Checks that the token is of the kind and freshness that a route requires.
 * @throws {TokenError} `token_type_mismatch`, `token_not_fresh`
 */
export function checkExpectations(token: ReadToken, settings: Settings, wanted: TokenExpectations): void {
  const { header, claims } = token
  const { type, fresh } = claims
  const refuse = (code: TokenErrorCode, message: string) => new TokenError(code, message).about({ header, claims })
  const isAccess = settings.exactType ? type === 'access' : type !== 'refresh'
  const isWanted = wanted.refresh ? type === 'refresh' : isAccess
  if (wanted.verifyType !== false && !isWanted) {
    throw refuse('token_type_mismatch', `Only ${wanted.refresh ? '' : 'non-'}refresh tokens are allowed`)
  }
  if (!wanted.fresh) return
  const isFresh = fresh === true || (Number.isFinite(fresh) && (fresh as number) >= settings.clock())
  if (!isFresh) throw refuse('token_not_fresh', 'Fresh token required')
}

function checkKind(header: TokenHeader, claims: SignedToken['claims'], { typ }: Settings): void {
  if (typ !== null) checkTyp(header, claims.type === 'refresh' ? typ.refresh : typ.access)
}

function checkOwnClaims(claims: SignedToken['claims'], settings: Settings): void {
  const { identityClaim, requireJti, lenientClaims, verifySub } = settings
  if (requireJti && claims.jti === undefined) throw claimMissing('jti')
  const identity = Object.hasOwn(claims, identityClaim) ? claims[identityClaim] : undefined
  if (identity === undefined) throw claimMissing(identityClaim)
  if (!lenientClaims && verifySub && (typeof identity !== 'string' || identity === '')) {
    throw new TokenError('token_claim_invalid', 'The identity must be a non-empty string')
  }
}

/** Tokens of other issuers may lack claims that ours always have. */
function withDefaults(claims: Readonly<Record<string, unknown>>): JwtClaims {
  const isWhole = claims.type !== undefined && claims.fresh !== undefined && claims.jti !== undefined
  const whole = isWhole ? claims : Object.freeze({ type: 'access', fresh: false, jti: null, ...claims })
  return whole as unknown as JwtClaims
}
