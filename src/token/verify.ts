import { type SignedToken, TokenError } from '../errors.ts'
import { type ClaimRules, type Claims, checkAge, checkClaims, checkExpiry, currentTime, isExpired } from './claims.ts'
import { type CompactParts, checkSize, splitCompact, type TokenHeader } from './compact.ts'
import { Key, keysInvalid } from './keys/key.ts'
import { KeySet } from './keys/key-set.ts'
import { requireOptions } from './require-object.ts'
import { parseJsonObject } from './strict-json.ts'
import type { SeenToken } from './verified-cache.ts'

/** What a token must satisfy in addition to its signature. */
export interface VerifyRules extends ClaimRules {
  /** The `typ` header, case-insensitive, with or without `application/` (RFC 7515 §4.1.9). Not checked by default. */
  readonly typ?: string
}

const ruleNames: ReadonlySet<keyof VerifyRules> = new Set([
  'issuer',
  'audience',
  'subject',
  'jwtId',
  'leewaySeconds',
  'requireExp',
  'requiredClaims',
  'maxTokenAgeSeconds',
  'now',
  'verifySub',
  'lenient',
  'typ',
])

/** A JWS with a valid signature. */
export interface VerifiedJws {
  readonly header: TokenHeader
  readonly payload: Uint8Array
}

/**
 * Verifies a compact JWT and returns its claims (RFC 7519 §7.2), frozen.
 *
 * The algorithm comes from the key, never from the token (RFC 8725 §3.1). The signature is verified before any claim. A
 * token whose key is unknown is reported as expired if its own `exp` has passed: its key may have been removed for that
 * reason. A `KeySet` caches tokens with a valid signature; claims and times are checked each time.
 * @throws {TokenError} `token_*`. No message ever contains the token.
 * @throws {ConfigurationError} `key_invalid` for invalid keys, `option_invalid` for an invalid leeway or an unknown rule
 * @example const { sub } = verifyToken(token, keys, { issuer: 'https://id.example', audience: 'api' })
 */
export function verifyToken(token: string, keys: KeySet | Key, rules?: VerifyRules): Claims {
  const required = requireOptions(rules, ruleNames)
  const now = currentTime(required)
  const { header, signedClaims: claims } = openToken(token, keys, required, now)
  checkTyp(header, required.typ)
  checkClaims(claims, required, now)
  checkExpiry(claims, required, now)
  checkAge(claims, required, now)
  return claims
}

/**
 * Verifies a compact JWS over any bytes (RFC 7515 §5.2). The payload is not parsed.
 * @throws {TokenError} `token_*`
 */
export function verifyJws(compact: string, keys: KeySet | Key): VerifiedJws {
  const set = keySetOf(keys)
  const parts = splitCompact(compact)
  checkSignature(parts, set)
  return { header: parts.header, payload: new Uint8Array(parts.payload) }
}

/**
 * Verifies the signature and parses the claims. The claims themselves are not checked yet.
 * @param expiry Rules by which a token whose key is unknown is reported as expired. Keys are removed once the last
 *   token that they signed has expired, and clients react to `token_expired` by refreshing, but not to
 *   `token_key_unknown`. The unverified `exp` is not trusted: the token is rejected either way.
 * @param now Unix seconds, instead of the time of the rules.
 * @throws {TokenError} `token_*`
 */
export function openToken(token: string, keys: KeySet | Key, expiry?: ClaimRules, now?: number): SeenToken {
  checkSize(token)
  const set = keySetOf(keys)
  const known = set.verified?.get(token)
  if (known !== undefined) return known
  const parts = splitCompact(token)
  const claims = parseJsonObject(parts.payload, 'payload')
  checkSignature(parts, set, expiry && (() => isExpired(claims, expiry, now)))
  const { header } = parts
  const seen = {
    text: token,
    header,
    signedClaims: claims,
    rules: undefined,
    begins: 0,
    ends: 0,
    claims,
    generation: 0,
  }
  set.verified?.add(seen)
  return seen
}

/**
 * Parses a token without verifying its signature: to choose the key, never to trust the content.
 * @throws {TokenError} `token_malformed`, `token_too_large`, `token_header_refused`
 */
export function peekToken(token: string): SignedToken {
  const { header, payload } = splitCompact(token)
  return { header, claims: parseJsonObject(payload, 'payload') }
}

/**
 * Checks which kind of token the header states (RFC 8725 §3.11).
 * @throws {TokenError} `token_typ_mismatch`
 */
export function checkTyp({ typ }: TokenHeader, expected: string | undefined): void {
  if (expected === undefined || typ === expected) return
  if (typeof typ === 'string' && fullType(typ) === fullType(expected)) return
  throw new TokenError('token_typ_mismatch', `The token's typ is not ${expected}`)
}

/** `application/` may be omitted only if the rest has no slash: `text/plain` is not `application/text/plain`. */
function fullType(typ: string): string {
  const type = typ.toLowerCase()
  return type.includes('/') ? type : `application/${type}`
}

/** A single key becomes a set without a cache. */
function keySetOf(keys: KeySet | Key): KeySet {
  if (keys instanceof KeySet) return keys
  if (keys instanceof Key) return new KeySet([keys], { cacheSize: 0 })
  throw keysInvalid()
}

function checkSignature(
  { header, signedPart, signature }: CompactParts,
  keys: KeySet,
  saysExpired?: () => boolean,
): void {
  if (!keys.candidates(header, saysExpired).some((key) => key.verify(signedPart, signature))) {
    throw keys.mismatch(header)
  }
}
