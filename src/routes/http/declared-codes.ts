import { type AnswerStyle, answerToProxy, statusOf } from '../../guard/problem.ts'
import type { Code, Contract } from './endpoint.ts'

/** What any endpoint may answer, before it is reached or because of a server error. */
const ofAll: readonly Code[] = ['connection_lost', 'host_invalid', 'body_too_large', 'unavailable', 'internal_error']
const ofJson: readonly Code[] = ['invalid_json', 'invalid_request', 'unsupported_media_type']
const ofForms: readonly Code[] = ['form_invalid', 'unsupported_media_type']

/** For requests whose access token is checked. */
const ofAccessTokens: readonly Code[] = [
  'token_missing',
  'credentials_malformed',
  'token_malformed',
  'token_too_large',
  'token_header_refused',
  'token_algorithm_refused',
  'token_key_unknown',
  'token_signature_invalid',
  'token_claim_missing',
  'token_claim_invalid',
  'token_typ_mismatch',
  'token_issuer_mismatch',
  'token_audience_mismatch',
  'token_not_yet_valid',
  'token_expired',
  'token_type_mismatch',
  'token_revoked',
  'revocation_unknown',
  'csrf_missing',
  'csrf_mismatch',
  'cross_site_refused',
]

/** Every code that an endpoint may refuse with. */
export function declaredCodes(declared: Contract): ReadonlySet<Code> {
  const { refusals, guard, credentials, query, body } = declared
  return new Set([
    ...refusals,
    ...(body ? (body.isForm ? ofForms : ofJson) : []),
    ...(query ? (['invalid_request'] as const) : []),
    ...(guard || credentials?.includes('access') ? ofAccessTokens : []),
    ...(guard?.mfa || guard?.maxAgeSeconds ? (['insufficient_user_authentication'] as const) : []),
    ...ofAll,
  ])
}

/** The status of such a refusal. */
export function declaredStatus(declared: Contract, code: Code): number {
  const status = statusOf(code)
  const isOfToken = declared.refusals.includes(code) || ofAccessTokens.includes(code)
  if (!declared.isForProxies || !isOfToken) return status
  return answerToProxy({ status, headers: {}, body: {} }, bearer).status
}

/** The wording of answers does not affect their status. */
const bearer: AnswerStyle = { answers: 'rfc6750', errorMessageKey: 'msg', headerType: 'Bearer' }
