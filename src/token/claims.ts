import { optionInvalid, TokenError } from '../errors.ts'
import { isTexts, listOf } from './json-value.ts'
import { isExact, type JsonObject } from './strict-json.ts'

/** The claims of a token (RFC 7519 §4). Times are NumericDates: seconds since 1970, a fraction allowed. */
export interface Claims extends Readonly<JsonObject> {
  readonly iss?: string
  readonly sub?: string
  readonly aud?: string | readonly string[]
  readonly exp?: number
  readonly nbf?: number
  readonly iat?: number
  readonly jti?: string
}

/** What a token's claims must satisfy. */
export interface ClaimRules {
  /** `iss` must be this, or one of these (RFC 7519 §4.1.1). Not checked by default. */
  readonly issuer?: string | readonly string[] | undefined
  /** `aud` must name this recipient, or one of these (§4.1.3). If unset, a token with an `aud` is rejected: it is for others. */
  readonly audience?: string | readonly string[] | undefined
  /** `sub` must be this (§4.1.2). */
  readonly subject?: string
  /** `jti` must be this (§4.1.7). */
  readonly jwtId?: string
  /** Tolerated clock difference for `exp`, `nbf` and `iat`. 0 by default, at most 600. */
  readonly leewaySeconds?: number
  /** `false` accepts a token that never expires. `true` by default. */
  readonly requireExp?: boolean
  /** Further claims that must be present, with a value other than `null`. None by default. */
  readonly requiredClaims?: readonly string[]
  /** Rejects a token that was issued longer ago, by its `iat`, which is then required. Not checked by default. */
  readonly maxTokenAgeSeconds?: number | undefined
  /** The current time, in Unix seconds. The machine's clock by default. */
  readonly now?: number | undefined
  /** `false` accepts a `sub` of any JSON type, as some older issuers wrote it. `true` by default. */
  readonly verifySub?: boolean
  /**
   * Reads times as PyJWT does, including numeric strings, and accepts any `iss` or `aud` for which no rule is set.
   * `false` by default.
   */
  readonly lenient?: boolean
}

/** A leeway above ten minutes would no longer be a difference between clocks. */
export const leewayRange: readonly [need: string, fits: (seconds: unknown) => boolean] = [
  'a number from 0 to 600',
  (seconds) => typeof seconds === 'number' && seconds >= 0 && seconds <= 600,
]

const unfitTime = {
  iat: 'Issued At claim (iat) must be an integer.',
  nbf: 'Not Before claim (nbf) must be an integer.',
  exp: 'Expiration Time claim (exp) must be an integer.',
}

/** The current time according to the rules, in Unix seconds. One verification asks once, and passes it to each check. */
export function currentTime(rules: ClaimRules): number {
  return rules.now ?? Date.now() / 1000
}

/**
 * Checks every claim except `exp` (RFC 7519 §4.1). `checkExpiry` runs after this and after the caller's own checks, so
 * that a token is reported as expired only if everything else is valid: clients react to that error by refreshing.
 * @throws {TokenError} `token_claim_*`, `token_*_mismatch`, `token_not_yet_valid`
 * @throws {ConfigurationError} `option_invalid` for an invalid leeway
 */
export function checkClaims(claims: Readonly<JsonObject>, rules: ClaimRules, now: number = currentTime(rules)): void {
  checkLeeway(rules.leewaySeconds)
  checkBegun(claims, rules, 'iat', now)
  checkBegun(claims, rules, 'nbf', now)
  checkIssuer(claims.iss, rules)
  checkAudience(claims.aud, rules)
  if (claims.sub !== undefined && typeof claims.sub !== 'string' && rules.verifySub !== false) {
    throw unfit('Subject must be a string')
  }
  if (rules.subject !== undefined && claims.sub !== rules.subject) {
    throw new TokenError('token_subject_mismatch', 'Invalid subject')
  }
  if (claims.jti !== undefined && typeof claims.jti !== 'string') {
    throw unfit('JWT ID must be a string')
  }
  if (rules.jwtId !== undefined && claims.jti !== rules.jwtId) {
    throw new TokenError('token_id_mismatch', 'Invalid JWT ID')
  }
  if (rules.requiredClaims !== undefined) checkRequired(claims, rules.requiredClaims)
}

function checkRequired(claims: Readonly<JsonObject>, names: readonly string[]): void {
  for (const name of names) {
    if (!Object.hasOwn(claims, name) || claims[name] === null) throw missing(name)
  }
}

/**
 * Checks `exp`. The token is rejected from that very second on (RFC 7519 §4.1.4).
 * @throws {TokenError} `token_expired`, `token_claim_missing`, `token_claim_invalid`
 */
export function checkExpiry(claims: Readonly<JsonObject>, rules: ClaimRules, now: number = currentTime(rules)): void {
  const exp = numericDate(claims, 'exp', rules)
  if (exp === undefined) {
    if (rules.requireExp !== false) throw missing('exp')
  } else if (!(exp + leeway(rules) > now)) {
    throw expired()
  }
}

/**
 * Checks how long ago a token was issued. A token that is too old is reported as expired, because the client needs a
 * new one in both cases.
 * @throws {TokenError} `token_expired`, `token_claim_missing`, `token_claim_invalid`
 */
export function checkAge(claims: Readonly<JsonObject>, rules: ClaimRules, now: number = currentTime(rules)): void {
  if (rules.maxTokenAgeSeconds === undefined) return
  const iat = numericDate(claims, 'iat', rules)
  if (iat === undefined) throw missing('iat')
  // Written so that a clock or a maximum of NaN rejects.
  if (!(now - iat <= rules.maxTokenAgeSeconds + leeway(rules))) throw expired()
}

/** When claims that are otherwise valid are accepted, in Unix seconds. */
export interface Validity {
  readonly begins: number
  /** The first moment at which they are rejected. */
  readonly ends: number
}

/**
 * The validity of claims that `checkClaims` and `checkExpiry` have accepted by the same rules. During this period, both
 * accept them again.
 */
export function validityOf(claims: Readonly<JsonObject>, rules: ClaimRules): Validity {
  const timeOf = (name: 'iat' | 'nbf' | 'exp', absent: number) => numericDate(claims, name, rules) ?? absent
  return {
    begins: Math.max(timeOf('iat', -Infinity), timeOf('nbf', -Infinity)) - leeway(rules),
    ends: timeOf('exp', Infinity) + leeway(rules),
  }
}

/** Whether `exp` has passed. The claims need not have been checked. */
export function isExpired(claims: Readonly<JsonObject>, rules: ClaimRules, now?: number): boolean {
  try {
    checkExpiry(claims, rules, now)
    return false
  } catch (error) {
    return error instanceof TokenError && error.code === 'token_expired'
  }
}

/** The refusal of a token whose `exp` has passed. */
export function expired(): TokenError {
  return new TokenError('token_expired', 'Token has expired')
}

function missing(claim: string): TokenError {
  return new TokenError('token_claim_missing', `Token is missing the "${claim}" claim`)
}

function unfit(message: string): TokenError {
  return new TokenError('token_claim_invalid', message)
}

function checkBegun(claims: Readonly<JsonObject>, rules: ClaimRules, name: 'iat' | 'nbf', now: number): void {
  const time = numericDate(claims, name, rules)
  // Written so that a clock that returns NaN rejects, as in `checkExpiry`.
  if (time !== undefined && !(time <= now + leeway(rules))) {
    throw new TokenError('token_not_yet_valid', `The token is not yet valid (${name})`)
  }
}

function checkIssuer(iss: unknown, { issuer, lenient }: ClaimRules): void {
  if (issuer === undefined && (iss === undefined || lenient)) return
  if (iss === undefined) throw missing('iss')
  if (typeof iss !== 'string') throw unfit('Payload Issuer (iss) must be a string')
  if (issuer !== undefined && !listOf(issuer).includes(iss)) {
    throw new TokenError('token_issuer_mismatch', 'Invalid issuer')
  }
}

function checkAudience(aud: unknown, { audience, lenient }: ClaimRules): void {
  if (audience === undefined && (aud === undefined || lenient)) return
  const named = typeof aud === 'string' ? [aud] : aud
  if (audience !== undefined && (named === undefined || named === null || isEmpty(named))) throw missing('aud')
  if (!isTexts(named)) {
    throw unfit('Invalid claim format in token')
  }
  // RFC 7519 §4.1.3: a recipient that `aud` does not name must reject the token, and one without a name is never named.
  if (audience === undefined) {
    throw new TokenError('token_audience_mismatch', 'The token names an audience, and none is configured')
  }
  if (!listOf(audience).some((recipient) => named.includes(recipient))) {
    throw new TokenError('token_audience_mismatch', "Audience doesn't match")
  }
}

function isEmpty(aud: unknown): boolean {
  return Array.isArray(aud) && (aud.length === 0 || (aud.length === 1 && aud[0] === ''))
}

function numericDate(claims: Readonly<JsonObject>, name: 'iat' | 'nbf' | 'exp', rules: ClaimRules): number | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  const time = rules.lenient ? asPythonInteger(value) : value
  if (!isExact(time)) throw unfit(unfitTime[name])
  return time
}

/** `int(value)` in Python: truncates a float, reads numeric text, counts `true` as 1. */
function asPythonInteger(value: unknown): unknown {
  if (typeof value === 'number') return Math.trunc(value)
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'string' && /^\s*[+-]?\d+(?:_\d+)*\s*$/.test(value)) return Number(value.replaceAll('_', ''))
  return undefined
}

/**
 * Refuses a leeway that would switch the time checks off.
 * @throws {ConfigurationError} `option_invalid`
 */
function checkLeeway(seconds: number | undefined): void {
  const [need, fits] = leewayRange
  if (seconds !== undefined && !fits(seconds)) throw optionInvalid(`leewaySeconds must be ${need}`)
}

function leeway(rules: ClaimRules): number {
  return rules.leewaySeconds ?? 0
}
