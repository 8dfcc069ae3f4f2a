import { ConfigurationError, optionInvalid, type SignedToken } from '../../errors.ts'
import { Key } from '../../token/keys/key.ts'
import type { KeySet } from '../../token/keys/key-set.ts'
import { isLate } from '../../token/late.ts'
import { type SignHeader, signToken } from '../../token/sign.ts'
import type { Settings } from '../options/defaults.ts'
import type { TokenKind } from '../request/token-location.ts'

/** Options for a new token. */
export interface CreateTokenOptions {
  /** Lifetime of this token; `false` for no expiry, negative for an expired one. The manager's by default. */
  readonly expiresInSeconds?: number | false
  /** Further claims. They take precedence over those of `claimsFor`. */
  readonly additionalClaims?: Readonly<Record<string, unknown>>
  /** Further header members. They take precedence over those of `headersFor`. */
  readonly additionalHeaders?: SignHeader
}

/** Options for a new access token. */
export interface CreateAccessTokenOptions extends CreateTokenOptions {
  /** Whether the user has just authenticated: `true`, or for how many seconds that counts. `false` by default. */
  readonly fresh?: boolean | { readonly seconds: number }
}

export const createNames: ReadonlySet<keyof CreateAccessTokenOptions> = new Set([
  'expiresInSeconds',
  'additionalClaims',
  'additionalHeaders',
  'fresh',
])

/** Everything that goes into one token. */
export interface TokenDraft {
  readonly kind: TokenKind
  /** Must be a string, or a whole number if tokens may contain one; anything else is rejected. */
  readonly identity: unknown
  readonly fresh: boolean | number
  readonly expiresInSeconds: number | false
  readonly additionalClaims: Readonly<Record<string, unknown>>
  readonly additionalHeaders: SignHeader
  /** Whether the identity was read from a valid token. It is then kept, whatever its type. */
  readonly isRenewal?: boolean
}

/**
 * Writes and signs a token: the claims that guards read, then the additional ones.
 * @throws {ConfigurationError} `identity_invalid`, `claims_invalid`, `header_invalid`, `option_invalid`
 */
export function createToken(draft: TokenDraft, settings: Settings, keys: Key | KeySet): string {
  const { identityClaim, encodeNbf, writesCsrfClaim, encodeIssuer, encodeAudience, typ, alwaysKid } = settings
  checkAdditions(draft, settings)
  const now = Math.floor(settings.clock())
  const claims = {
    fresh: draft.fresh,
    iat: now,
    jti: crypto.randomUUID(),
    type: draft.kind,
    [identityClaim]: draft.isRenewal ? draft.identity : checkIdentity(draft.identity, settings),
    ...(encodeNbf && { nbf: now }),
    ...(writesCsrfClaim && { csrf: crypto.randomUUID() }),
    ...(encodeIssuer !== undefined && { iss: encodeIssuer }),
    ...(encodeAudience !== undefined && { aud: encodeAudience }),
    ...(draft.expiresInSeconds !== false && { exp: now + checkSeconds('expiresInSeconds', draft.expiresInSeconds) }),
    ...draft.additionalClaims,
  }
  const kid = alwaysKid || keys instanceof Key || keys.size > 1 ? {} : { kid: undefined }
  const header = { ...kid, typ: typ?.[draft.kind] ?? 'JWT', ...draft.additionalHeaders }
  return signToken(claims, keys, header, { verifySub: settings.verifySub })
}

/** The `fresh` claim: a flag, or until when the token is fresh, in Unix seconds. */
export function freshClaim(fresh: CreateAccessTokenOptions['fresh'], now: number): boolean | number {
  if (fresh === undefined || typeof fresh === 'boolean') return fresh ?? false
  return now + checkSeconds('fresh.seconds', fresh?.seconds)
}

/**
 * What a renewed token takes over from the one that it replaces: the claims, `iss` and `aud` included, except those
 * that are new in every token; the header members, except those that describe the key; and the lifetime.
 */
export function renewalDraft(
  { header, claims }: SignedToken,
  { identityClaim, overridableClaims, accessTokenSeconds }: Settings,
): Omit<TokenDraft, 'kind' | 'fresh'> {
  const { iat, exp, type } = claims
  const life = typeof iat === 'number' && typeof exp === 'number' ? Math.round(exp - iat) : 0
  const own = Object.entries(claims).filter(([name]) => !isWritten(name, identityClaim))
  const others = Object.entries(header).filter(([name]) => !(name === 'typ' && !overridableClaims) && !ofKey.test(name))
  return {
    identity: claims[identityClaim],
    isRenewal: true,
    expiresInSeconds: life > 0 ? life : accessTokenSeconds,
    additionalClaims: { ...Object.fromEntries(own), ...(overridableClaims && { type }) },
    additionalHeaders: Object.fromEntries(others),
  }
}

/** Header members that describe the key. */
const ofKey = /^(?:alg|kid|jwk|jku|x5.+)$/

export const alwaysWritten: ReadonlySet<string> = new Set(['type', 'fresh', 'jti', 'csrf', 'iat', 'nbf', 'exp'])
export const writtenOnDemand: ReadonlySet<string> = new Set(['iss', 'aud'])

function isWritten(name: string, identityClaim: string): boolean {
  return alwaysWritten.has(name) || name === identityClaim
}

function checkAdditions({ additionalClaims, additionalHeaders }: TokenDraft, settings: Settings): void {
  if (settings.overridableClaims) return
  const taken = Object.keys(additionalClaims).filter((name) => isWritten(name, settings.identityClaim))
  if (taken.length > 0) {
    throw new ConfigurationError('claims_invalid', `${taken.join(', ')} cannot be set as additional claims`)
  }
  if (additionalHeaders.typ !== undefined) {
    throw new ConfigurationError('header_invalid', '"typ" cannot be set in the header')
  }
}

/**
 * Tokens contain strings: every verifier that follows RFC 7519 §4.1.2 rejects a number in `sub`. Some issuers still
 * write the numeric ids of their tables. A manager that accepts such tokens (`verifySub: false`) also issues them: with
 * the number in a claim of its own, or in `sub` with a preset for those issuers.
 */
function checkIdentity(identity: unknown, settings: Settings): string | number {
  const { identityClaim, verifySub, numericSub } = settings
  if (typeof identity === 'string' && identity !== '') return identity
  const mayBeNumber = !verifySub && (identityClaim !== 'sub' || numericSub)
  if (mayBeNumber && Number.isSafeInteger(identity)) return identity as number
  const type = isLate(identity) ? 'a promise' : `of type ${typeof identity}`
  const found = identity === '' ? 'empty' : identity === null ? 'null' : type
  throw new ConfigurationError(
    'identity_invalid',
    `The identity must be a string, not ${found}: pass String(user.id), or set identityFor`,
  )
}

function checkSeconds(name: string, seconds: number | undefined): number {
  if (Number.isSafeInteger(seconds) && seconds !== 0) return seconds as number
  throw optionInvalid(`${name} must be a whole number of seconds other than 0, or false`)
}
