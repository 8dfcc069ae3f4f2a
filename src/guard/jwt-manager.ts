import { optionInvalid, TokenError } from '../errors.ts'
import type { AlgorithmName } from '../token/algorithms.ts'
import type { ClaimRules } from '../token/claims.ts'
import type { TokenHeader } from '../token/compact.ts'
import { importKey, secretAlgorithm } from '../token/keys/import-key.ts'
import { Key } from '../token/keys/key.ts'
import { KeySet } from '../token/keys/key-set.ts'
import { isLate } from '../token/late.ts'
import { requireObject, requireOptions } from '../token/require-object.ts'
import { peekToken } from '../token/verify.ts'
import { ChosenKeys } from './chosen-keys.ts'
import { claimMissing } from './cookies/csrf.ts'
import { type CookieOptions, tokenCookies } from './cookies/token-cookies.ts'
import { type Followed, followRevocations } from './follow-revocations.ts'
import type { Settings } from './options/defaults.ts'
import type {
  GivenIdentity,
  JwtManagerCallbacks,
  JwtManagerOptions,
  JwtManagerValues,
  VerifySubOf,
} from './options/options.ts'
import { pickCallbacks, resolveSettings } from './options/settings.ts'
import { type Answer, problem } from './problem.ts'
import type { TokenKind } from './request/token-location.ts'
import { additionsOf } from './tokens/additions.ts'
import {
  type CreateAccessTokenOptions,
  type CreateTokenOptions,
  createNames,
  createToken,
  freshClaim,
  renewalDraft,
} from './tokens/create-token.ts'
import type { JwtClaims, TokenIdentity } from './tokens/jwt-claims.ts'
import {
  checkExpectations,
  claimRules,
  type DecodeOptions,
  decodeNames,
  keyMissing,
  type ReadToken,
  readToken,
  type TokenExpectations,
  type VerifiedToken,
  verifyNames,
} from './tokens/read-token.ts'

/**
 * Issues and verifies the tokens of one application. All but `ready` is synchronous and uses no network: remote keys and
 * revocations are fetched in the background.
 *
 * `decodeToken` and `verify` call no callbacks: only guards check revocation.
 * @example const jwt = new JwtManager({ secret: process.env.JWT_SECRET_KEY })
 */
export class JwtManager<User = unknown, Identity = string, VerifySub extends boolean = VerifySubOf<Identity>> {
  /** Every option with its value. */
  readonly settings: Settings
  /** The callbacks that were passed. With `revocations`, `isRevoked` also checks these. */
  readonly callbacks: JwtManagerCallbacks<User, Identity, VerifySub>
  /** The keys that sign and verify. */
  readonly keys: KeySet
  readonly #rules: ClaimRules
  readonly #followed: Followed | undefined
  readonly #chosen: ChosenKeys = new ChosenKeys()

  /** @throws {ConfigurationError} `option_invalid` with every mistake at once, `key_*` */
  constructor(options: JwtManagerOptions<User, Identity, VerifySub>) {
    this.settings = resolveSettings(options)
    this.keys = makeKeySet(options, this.settings)
    this.#rules = claimRules(this.settings)
    const callbacks = pickCallbacks(options)
    this.#followed = options.revocations && followRevocations(options.revocations, callbacks.isRevoked)
    this.callbacks = this.#followed === undefined ? callbacks : { ...callbacks, isRevoked: this.#followed.isRevoked }
  }

  /**
   * Resolves when remote keys and revocations are loaded, at once if there are none. Rejects if they cannot be fetched.
   *
   * This includes the sets that `verifyingKeyFor` chooses: it is called with each issuer of `decodeIssuer`. One of
   * these sets is enough. Tokens of the others are rejected with `keys_unavailable` until their keys can be fetched.
   */
  async ready(): Promise<void> {
    this.#chooseByIssuer()
    await Promise.all([this.keys.ready(), this.#chosen.ready(), this.#followed?.ready()])
  }

  /** Stops fetching keys and revocations. */
  async close(): Promise<void> {
    this.keys.close()
    this.#chosen.close()
    await this.#followed?.close()
  }

  /**
   * Issues a token for guarded routes.
   * @throws {ConfigurationError} `identity_invalid` for an identity that is not a string, `claims_invalid`, `header_invalid`
   * @example jwt.createAccessToken(user.id, { fresh: true })
   */
  createAccessToken(identity: GivenIdentity<Identity, VerifySub>, options?: CreateAccessTokenOptions): string {
    return this.#create('access', identity as Identity, options)
  }

  /**
   * Issues a token that can only be exchanged for new access tokens. It is never fresh.
   * @throws {ConfigurationError} as `createAccessToken`
   */
  createRefreshToken(identity: GivenIdentity<Identity, VerifySub>, options?: CreateTokenOptions): string {
    return this.#create('refresh', identity as Identity, options)
  }

  /**
   * Issues a copy of an access token that is about to expire, with the same header, claims and lifetime. The copy is
   * never fresher than the original.
   * @throws {ConfigurationError} `key_missing`, `claims_invalid`, `token_too_long`
   */
  renewAccessToken(verified: VerifiedToken<TokenIdentity<VerifySub>>): string {
    const { header, claims } = Object(verified) as typeof verified
    requireObject('claims', claims)
    const fresh = typeof claims.fresh === 'number' ? claims.fresh : false
    const draft = { ...renewalDraft({ header, claims }, this.settings), kind: 'access' as const, fresh }
    const { jti, ...others } = claims
    const read = jti === null ? others : { ...others, jti }
    // The keys that verified the token must also verify its successor.
    return createToken(draft, this.settings, this.callbacks.verifyingKeyFor?.(read, header) ?? this.keys)
  }

  /**
   * Verifies a token of either kind and returns its claims: signature, times, issuer, audience, identity.
   * Does not check type, freshness or revocation.
   * @throws {TokenError} `token_*`, `csrf_mismatch`
   */
  decodeToken(token: string, options?: DecodeOptions): JwtClaims<TokenIdentity<VerifySub>> {
    return this.#read(token, requireOptions(options, decodeNames)).claims as unknown as JwtClaims<
      TokenIdentity<VerifySub>
    >
  }

  /**
   * Verifies a token as a guard does, without revocation and other callbacks.
   * @throws {TokenError} `token_*`, `csrf_mismatch`
   */
  verify(token: string, expectations?: TokenExpectations & DecodeOptions): VerifiedToken<TokenIdentity<VerifySub>> {
    const wanted = requireOptions(expectations, verifyNames)
    const read = this.#read(token, wanted)
    checkExpectations(read, this.settings, wanted)
    const { claims, header } = read
    const identity = claims[this.settings.identityClaim]
    // The identity has a type that `verifySub` allows, which the compiler cannot see.
    return { identity, claims, header } as unknown as VerifiedToken<TokenIdentity<VerifySub>>
  }

  /** The `jti` of a valid token, to revoke it by. @throws {TokenError} `token_*`; `token_claim_missing` if it has none */
  getJti(token: string): string {
    const { jti } = this.#read(token).claims
    if (jti === null) throw claimMissing('jti')
    return jti
  }

  /** The CSRF double-submit value of a valid token. @throws {TokenError} `token_*`; `token_claim_missing` if it has none */
  getCsrfToken(token: string): string {
    const { csrf } = this.#read(token).claims
    if (typeof csrf !== 'string') throw claimMissing('csrf')
    return csrf
  }

  /** The header of a token, not verified. @throws {TokenError} `token_malformed`, `token_too_large`, `token_header_refused` */
  getUnverifiedJwtHeaders(token: string): TokenHeader {
    return peekToken(token).header
  }

  /**
   * `Set-Cookie` values that give a browser an access token.
   * @throws {TokenError} if the token is invalid
   * @throws {ConfigurationError} `token_too_long`; `option_invalid` for a cookie that `renewCookiesWithinSeconds` could not renew
   */
  accessCookies(token: string, options?: CookieOptions): string[] {
    return tokenCookies('access', { token, claims: this.#read(token).claims }, this.settings, options)
  }

  /** `Set-Cookie` values that give a browser a refresh token. @throws {TokenError} if the token is invalid */
  refreshCookies(token: string, options?: CookieOptions): string[] {
    return tokenCookies('refresh', { token, claims: this.#read(token).claims }, this.settings, options)
  }

  /** `Set-Cookie` values that remove the access token. */
  unsetAccessCookies(options?: Pick<CookieOptions, 'domain'>): string[] {
    return tokenCookies('access', null, this.settings, options)
  }

  /** `Set-Cookie` values that remove the refresh token. */
  unsetRefreshCookies(options?: Pick<CookieOptions, 'domain'>): string[] {
    return tokenCookies('refresh', null, this.settings, options)
  }

  /**
   * The answer to a rejected request.
   * @throws what `answerFor` throws, {TypeError} if its answer cannot be sent, {ConfigurationError} `option_invalid`
   */
  answer(error: TokenError): Answer {
    if (!(error instanceof TokenError)) throw optionInvalid('error must be a TokenError')
    const standard = problem(error, this.settings)
    const own = this.callbacks.answerFor?.(error, standard)
    if (own === undefined || own === null) return standard
    const { status, headers, body } = own
    if (isLate(own) || !Number.isInteger(status) || typeof body !== 'object') {
      throw new TypeError('answerFor must return { status, headers, body }')
    }
    return { status, headers: Object.fromEntries(new Headers({ ...headers })), body }
  }

  #create(kind: TokenKind, identity: Identity, options: CreateAccessTokenOptions | undefined): string {
    const { claimsFor, headersFor, signingKeyFor, identityFor } = this.callbacks
    const { expiresInSeconds, additionalClaims, additionalHeaders, fresh } = requireOptions(options, createNames)
    const draft = {
      kind,
      identity: identityFor === undefined ? identity : identityFor(identity),
      fresh: kind === 'access' && freshClaim(fresh, this.settings.clock()),
      expiresInSeconds: expiresInSeconds ?? this.settings[`${kind}TokenSeconds`],
      additionalClaims: {
        ...(claimsFor && additionsOf('claimsFor', claimsFor(identity))),
        ...(additionalClaims && additionsOf('additionalClaims', additionalClaims)),
      },
      additionalHeaders: {
        ...(headersFor && additionsOf('headersFor', headersFor(identity))),
        ...(additionalHeaders && additionsOf('additionalHeaders', additionalHeaders)),
      },
    }
    return createToken(draft, this.settings, signingKeyFor?.(identity) ?? this.keys)
  }

  #read(token: string, options: DecodeOptions = {}): ReadToken {
    const { verifyingKeyFor } = this.callbacks
    if (verifyingKeyFor === undefined) return readToken(token, this.keys, this.settings, this.#rules, options)
    const { claims, header } = peekToken(token)
    const keys: unknown = verifyingKeyFor(claims, header)
    this.#chosen.note(keys)
    // Anything but a key rejects the token. Nothing is converted to a key, least of all to an empty secret.
    if (!(keys instanceof Key || keys instanceof KeySet)) {
      const cause = isLate(keys) ? new TypeError('verifyingKeyFor must return a key, not a promise') : undefined
      throw keyMissing(claims, this.settings, this.#rules, options, cause)
    }
    return readToken(token, keys, this.settings, this.#rules, options)
  }

  /**
   * Calls `verifyingKeyFor` before there is a token, so with nothing but the issuer. A callback that needs more chooses
   * its keys when the first token arrives.
   */
  #chooseByIssuer(): void {
    for (const iss of [this.settings.decodeIssuer ?? []].flat()) {
      try {
        const keys: unknown = this.callbacks.verifyingKeyFor?.({ iss }, {})
        this.#chosen.note(keys)
        isLate(keys)
      } catch {
        // A failure with these claims says nothing about the claims of real tokens.
      }
    }
  }
}

function makeKeySet(options: JwtManagerValues, settings: Settings): KeySet {
  const { keys, algorithm = secretAlgorithm, decodeAlgorithms = [] } = options
  if (keys !== undefined) {
    const beside = (['secret', 'algorithm', 'decodeAlgorithms'] as const).filter((name) => options[name] !== undefined)
    if (keys instanceof KeySet && beside.length === 0) return keys
    throw optionInvalid('keys must be a KeySet, without secret, algorithm and decodeAlgorithms')
  }
  const names = new Set<AlgorithmName>(decodeAlgorithms)
  names.delete(algorithm)
  const set = [...names, algorithm].map((name) => importKey({ secret: options.secret, algorithm: name }))
  return new KeySet(set, { kidIsHint: settings.kidIsHint })
}
