/** Why a request or a token is rejected. `guard/problem.ts` gives each code its HTTP status; `docs/errors.md` explains it. */
export type TokenErrorCode =
  // The token itself (token/)
  | 'token_malformed'
  | 'token_too_large'
  | 'token_header_refused'
  | 'token_algorithm_refused'
  | 'token_key_unknown'
  | 'token_signature_invalid'
  | 'token_claim_missing'
  | 'token_claim_invalid'
  | 'token_typ_mismatch'
  | 'token_issuer_mismatch'
  | 'token_audience_mismatch'
  | 'token_subject_mismatch'
  | 'token_id_mismatch'
  | 'token_not_yet_valid'
  | 'token_expired'
  // Further checks of the guard (guard/)
  | 'token_missing'
  | 'credentials_malformed'
  | 'token_type_mismatch'
  | 'token_not_fresh'
  | 'insufficient_user_authentication'
  | 'keys_unavailable'
  | 'token_revoked'
  | 'revocation_unknown'
  | 'claims_refused'
  | 'user_not_found'
  | 'insufficient_scope'
  | 'csrf_missing'
  | 'csrf_mismatch'
  | 'cross_site_refused'

/** Why a request to the account routes is rejected, apart from its token. */
export type RequestErrorCode =
  // Its form (routes/)
  | 'invalid_json'
  | 'invalid_request'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'not_found'
  | 'method_not_allowed'
  | 'connection_lost'
  | 'host_invalid'
  // What it asks for (accounts/)
  | 'invalid_credentials'
  | 'refresh_token_invalid'
  | 'cookies_cross_site'
  | 'registration_closed'
  | 'username_taken'
  | 'email_taken'
  | 'session_not_found'
  | 'session_required'
  | 'email_not_verified'
  | 'mfa_required'
  | 'mfa_enrollment_required'
  | 'mfa_token_invalid'
  | 'mfa_code_invalid'
  | 'factor_not_found'
  | 'factor_limit_reached'
  | 'code_invalid'
  | 'passkey_invalid'
  | 'passkey_not_found'
  | 'provider_not_found'
  | 'provider_refused'
  | 'account_exists'
  | 'identity_taken'
  | 'identity_not_found'
  | 'device_not_found'
  | 'last_way_in'
  | 'mail_disabled'
  | 'email_sign_in_disabled'
  | 'rate_limited'
  | 'form_invalid'
  | 'invalid_client'
  // Faults of the server
  | 'provider_unavailable'
  | 'overloaded'
  | 'unavailable'
  | 'internal_error'

/** The program itself passed something invalid, or cannot run in its environment. Never thrown because of what a client sent. */
export type ConfigurationErrorCode =
  | 'option_invalid'
  | 'key_invalid'
  | 'key_kind_mismatch'
  | 'key_too_weak'
  | 'key_algorithm_missing'
  | 'key_algorithm_mismatch'
  | 'key_use_refused'
  | 'key_missing'
  | 'header_invalid'
  | 'claims_invalid'
  | 'identity_invalid'
  | 'token_too_long'
  // The database (store/, keys/)
  | 'database_invalid'
  | 'database_newer'
  | 'secret_mismatch'
  | 'package_missing'

/** Every code that hallpass throws. */
export type ErrorCode = TokenErrorCode | RequestErrorCode | ConfigurationErrorCode

/** The base class of all hallpass errors. No message contains a token or a key. */
export class HallpassError<Code extends ErrorCode = ErrorCode> extends Error {
  /** Stable and machine-readable; the message may change between versions, the code does not. */
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** A token with a valid signature. */
export interface SignedToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** Details of a `TokenError`. */
export interface TokenErrorDetails extends ErrorOptions {
  /** The scopes that the route requires, separated by spaces (RFC 6750 section 3). */
  readonly scope?: string
  /** The authentication context classes that the route accepts, separated by spaces (RFC 9470 section 3). */
  readonly acrValues?: string | undefined
  /** The maximum age of the user's authentication that the route accepts, in seconds (RFC 9470 section 3). */
  readonly maxAgeSeconds?: number | undefined
}

/** A token, or the request that should carry one, is rejected. */
export class TokenError extends HallpassError<TokenErrorCode> {
  declare readonly scope: string | undefined
  declare readonly acrValues: string | undefined
  declare readonly maxAgeSeconds: number | undefined

  /** The rejected token, if its signature is valid. Not enumerable, so that loggers leave it out. */
  declare readonly token?: SignedToken

  constructor(code: TokenErrorCode, message: string, details: TokenErrorDetails = {}) {
    super(code, message, details)
    this.scope = details.scope
    this.acrValues = details.acrValues
    this.maxAgeSeconds = details.maxAgeSeconds
  }

  /** States which token is rejected, once its signature is verified. */
  about(token: SignedToken): this {
    return Object.defineProperty(this, 'token', { value: token })
  }
}

/** An invalid member of a request's body, and why. */
export interface MemberFault {
  readonly member: string
  readonly msg: string
}

/** Details of a `RequestError`. */
export interface RequestErrorDetails extends ErrorOptions {
  /** Every invalid member. */
  readonly members?: readonly MemberFault[]
  /** When to try again, in seconds. */
  readonly retryAfterSeconds?: number
  /** The methods that the path supports. */
  readonly allow?: readonly string[]
  /** Further members of the answer that tell the client what to do next. */
  readonly next?: Readonly<Record<string, unknown>>
}

/** A request to the account routes is rejected. No message contains a password or a token. */
export class RequestError extends HallpassError<RequestErrorCode> {
  declare readonly members: readonly MemberFault[]
  declare readonly retryAfterSeconds: number | undefined
  declare readonly allow: readonly string[]
  /** Not enumerable, so that loggers leave it out: it may contain a token. */
  declare readonly next: Readonly<Record<string, unknown>>
  /** `Set-Cookie` values for the browser, from `auth.login`. Not enumerable either. */
  declare readonly cookies: readonly string[]

  constructor(code: RequestErrorCode, message: string, details: RequestErrorDetails = {}) {
    super(code, message, details)
    this.members = details.members ?? []
    this.retryAfterSeconds = details.retryAfterSeconds
    this.allow = details.allow ?? []
    Object.defineProperty(this, 'next', { value: details.next ?? {} })
    this.withCookies([])
  }

  /** Adds the cookies that the client needs to continue. */
  withCookies(cookies: readonly string[]): this {
    return Object.defineProperty(this, 'cookies', { value: cookies, configurable: true })
  }
}

/** A key, an option or a claim that the program itself passed is invalid. The message says what to do. */
export class ConfigurationError extends HallpassError<ConfigurationErrorCode> {}

/** Anything as text: what was thrown, or an identity. An object without a prototype, for example, has none. */
export function asText(value: unknown): string {
  try {
    return String(value)
  } catch {
    return typeof value
  }
}

/** Something that the program passed is invalid: an option, unless the code states something else. */
export function optionInvalid(message: string, code: ConfigurationErrorCode = 'option_invalid'): ConfigurationError {
  return new ConfigurationError(code, message)
}

/**
 * Throws if there are any mistakes.
 * @throws {ConfigurationError} `option_invalid`, with every mistake at once
 */
export function refuseMistakes(mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw optionInvalid(mistakes.join('; '))
}
