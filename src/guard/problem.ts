import type { RequestError, RequestErrorCode, TokenError, TokenErrorCode, TokenErrorDetails } from '../errors.ts'

/** The answer to a rejected request. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

/** The style of answers. */
export interface AnswerStyle {
  readonly answers: 'rfc6750' | 'flask'
  /** Member of the body that contains the message. */
  readonly errorMessageKey: string
  /** Scheme of the challenge (RFC 9110 §11.6.1). */
  readonly headerType: string
}

/** `error` of the challenge (RFC 6750 §3.1, RFC 9470 §3); none if no token was sent, or no token would help. */
type Challenge = 'invalid_token' | 'invalid_request' | 'insufficient_scope' | 'insufficient_user_authentication' | null

/** The HTTP status, that of the flask preset, and the challenge's `error`. No other file knows statuses. */
type Row = readonly [status: number, flask: number, challenge: Challenge]

const invalid: Row = [401, 422, 'invalid_token']

/** The codes with that row. A type, because the names in a table would make every program that verifies tokens larger. */
type InvalidCode = Extract<
  TokenErrorCode,
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
  | 'token_type_mismatch'
>

const tokenTable: Readonly<Record<Exclude<TokenErrorCode, InvalidCode>, Row> & Partial<Record<InvalidCode, Row>>> = {
  token_expired: [401, 401, 'invalid_token'],
  token_missing: [401, 401, null],
  credentials_malformed: [400, 422, 'invalid_request'],
  token_not_fresh: [401, 401, 'insufficient_user_authentication'],
  insufficient_user_authentication: [401, 401, 'insufficient_user_authentication'],
  keys_unavailable: [503, 503, null],
  token_revoked: [401, 401, 'invalid_token'],
  revocation_unknown: [503, 503, null],
  claims_refused: [403, 400, null],
  user_not_found: [401, 401, 'invalid_token'],
  insufficient_scope: [403, 403, 'insufficient_scope'],
  csrf_missing: [403, 401, null],
  csrf_mismatch: [403, 401, null],
  cross_site_refused: [403, 401, null],
}

/** Separate from the other table and its functions, so that programs that only verify tokens do not bundle it. */
const requestTable: Readonly<Record<RequestErrorCode, Row>> = {
  invalid_json: [400, 400, null],
  invalid_request: [422, 422, null],
  body_too_large: [413, 413, null],
  unsupported_media_type: [415, 415, null],
  not_found: [404, 404, null],
  method_not_allowed: [405, 405, null],
  connection_lost: [400, 400, null],
  host_invalid: [400, 400, null],
  invalid_credentials: [401, 401, null],
  refresh_token_invalid: [401, 401, 'invalid_token'],
  cookies_cross_site: [403, 403, null],
  registration_closed: [403, 403, null],
  username_taken: [409, 409, null],
  email_taken: [409, 409, null],
  session_not_found: [404, 404, null],
  session_required: [403, 403, null],
  email_not_verified: [403, 403, null],
  mfa_required: [403, 403, null],
  mfa_enrollment_required: [403, 403, null],
  mfa_token_invalid: [401, 401, null],
  mfa_code_invalid: [401, 401, null],
  factor_not_found: [404, 404, null],
  factor_limit_reached: [409, 409, null],
  code_invalid: [401, 401, null],
  passkey_invalid: [401, 401, null],
  passkey_not_found: [404, 404, null],
  provider_not_found: [404, 404, null],
  provider_refused: [401, 401, null],
  account_exists: [409, 409, null],
  identity_taken: [409, 409, null],
  identity_not_found: [404, 404, null],
  device_not_found: [404, 404, null],
  last_way_in: [409, 409, null],
  mail_disabled: [403, 403, null],
  email_sign_in_disabled: [403, 403, null],
  form_invalid: [400, 400, null],
  invalid_client: [401, 401, null],
  rate_limited: [429, 429, null],
  provider_unavailable: [503, 503, null],
  overloaded: [503, 503, null],
  unavailable: [503, 503, null],
  internal_error: [500, 500, null],
}

/** Whether a value is a code of a `RequestError` in this version. */
export function isRequestErrorCode(code: unknown): code is RequestErrorCode {
  return typeof code === 'string' && Object.hasOwn(requestTable, code)
}

/** The default HTTP status of a code. */
export function statusOf(code: TokenErrorCode | RequestErrorCode): number {
  return ({ ...tokenTable, ...requestTable }[code] ?? invalid)[0]
}

/** Turns a rejected token into its answer: status, challenge and a body with the code. */
export function problem(refusal: TokenError, style: AnswerStyle): Answer {
  return answer(refusal, tokenTable[refusal.code] ?? invalid, style)
}

/** Turns a rejected request to the account routes into its answer. */
export function requestProblem(refusal: RequestError, style: AnswerStyle): Answer {
  const { code, message, members, allow, next } = refusal
  const error = oauthErrors[code]
  const { status, headers, body } = answer(refusal, requestTable[code], style, {
    ...(error !== undefined && { error, error_description: message }),
  })
  const retryAfter = refusal.retryAfterSeconds === undefined ? undefined : Math.ceil(refusal.retryAfterSeconds)
  return {
    status,
    headers: {
      ...headers,
      ...(retryAfter !== undefined && { 'retry-after': `${retryAfter}` }),
      ...(allow.length > 0 && { allow: allow.join(', ') }),
      ...(code === 'invalid_client' && { 'www-authenticate': 'Basic realm="hallpass"' }),
    },
    body: {
      ...body,
      ...next,
      ...(members.length > 0 && { members }),
      ...(retryAfter !== undefined && { retry_after: retryAfter }),
    },
  }
}

function answer(
  refusal: TokenError | RequestError,
  [standard, flask, challenge]: Row,
  style: AnswerStyle,
  more?: Readonly<Record<string, string>>,
): Answer {
  const status = style.answers === 'flask' ? flask : standard
  const headers: Record<string, string> = { 'cache-control': 'no-store' }
  if (status === 401 || challenge !== null) headers['www-authenticate'] = challengeOf(style, challenge, refusal)
  const text: Record<string, string | number> = { ...more, [style.errorMessageKey]: refusal.message }
  if (status === 503) {
    headers['retry-after'] = '1'
    text.retry_after = 1
  }
  return { status, headers, body: style.answers === 'flask' ? text : { code: refusal.code, ...text } }
}

/** The names of these errors in OAuth (RFC 6749 section 5.2), which its clients expect. */
const oauthErrors: Partial<Record<RequestErrorCode, string>> = {
  form_invalid: 'invalid_request',
  invalid_client: 'invalid_client',
}

/** Adapts an answer to forward auth: a proxy treats every status but 401 and 403 as a fault of the server. */
export function answerToProxy(answer: Answer, { headerType }: AnswerStyle): Answer {
  if (answer.status === 403 || answer.status >= 500) return answer
  return { ...answer, status: 401, headers: { 'www-authenticate': headerType || 'Bearer', ...answer.headers } }
}

function challengeOf({ headerType }: AnswerStyle, challenge: Challenge, refusal: TokenError | RequestError): string {
  const scheme = headerType || 'Bearer'
  if (challenge === null) return scheme
  // RFC 6750 §3 allows no quote, no backslash and nothing outside of ASCII here.
  const description = refusal.message
    .slice(0, 200)
    .replace(/["\\]/g, "'")
    .replace(/[^\x20-\x7e]/g, '?')
  const { scope, acrValues: acr_values, maxAgeSeconds: max_age } = refusal as TokenErrorDetails
  const parameters = { error: challenge, error_description: description, scope, acr_values, max_age }
  const pairs = Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : `${name}="${value}"`))
  return `${scheme} ${pairs.join(', ')}`
}
