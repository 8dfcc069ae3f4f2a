import { textOf } from './claims.ts'

/** Why a sign-in with a provider failed, in our words. */
export type ProviderReason =
  /** The person refused, or the provider did so for them (RFC 6749 section 4.1.2.1). */
  | 'denied'
  /** The provider rejected the code. */
  | 'code_rejected'
  /** The provider does not accept the client id or its secret. */
  | 'client_rejected'
  /** The provider reported a fault of its own. */
  | 'provider_error'
  /** The provider reported another error. */
  | 'other_error'
  /** The answer does not belong to this sign-in, or breaks the protocol. */
  | 'answer_invalid'
  /** The ID token has another issuer, audience or nonce, or has expired. */
  | 'id_token_invalid'
  /** The answer names no account. */
  | 'account_invalid'
  | 'auth_time_missing'
  | 'auth_time_stale'
  | 'timeout'
  | 'unreachable'
  | 'too_many'

/**
 * A sign-in that failed: the provider refused it, or its response does not belong to this sign-in; or the provider
 * cannot be used now.
 */
export interface ProviderFault {
  readonly code: 'provider_refused' | 'provider_unavailable'
  readonly reason: ProviderReason
  /** What the provider or the library calls it, at most 64 characters. */
  readonly detail?: string
  /** Not stored, because anyone can cause it often. */
  readonly isOnlyAnnounced?: boolean
}

/** Too many sign-ins are waiting for the provider. */
export class TooManySignInsError extends Error {
  override readonly name = 'too_many'
}

/** What a provider states about an account is unusable. */
export class ProfileInvalidError extends Error {}

/** The errors that providers report (RFC 6749 sections 4.1.2.1 and 5.2; OpenID Connect Core 3.1.2.6). */
const statedReasons: Readonly<Record<string, ProviderReason>> = {
  access_denied: 'denied',
  consent_required: 'denied',
  login_required: 'denied',
  interaction_required: 'denied',
  account_selection_required: 'denied',
  invalid_grant: 'code_rejected',
  invalid_client: 'client_rejected',
  unauthorized_client: 'client_rejected',
  server_error: 'provider_error',
  temporarily_unavailable: 'provider_error',
}

/** The errors that the library throws. */
const foundReasons: Readonly<Record<string, ProviderReason>> = {
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'id_token_invalid',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'id_token_invalid',
  OAUTH_KEY_SELECTION_FAILED: 'id_token_invalid',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'answer_invalid',
  OAUTH_INVALID_RESPONSE: 'answer_invalid',
  OAUTH_PARSE_ERROR: 'answer_invalid',
  OAUTH_RESPONSE_IS_NOT_JSON: 'answer_invalid',
  OAUTH_RESPONSE_IS_NOT_CONFORM: 'answer_invalid',
  OAUTH_TIMEOUT: 'timeout',
}

/** Reasons that are not the person's doing: the provider has a fault, or this server is misconfigured there. */
const troubles: ReadonlySet<ProviderReason> = new Set(['client_rejected', 'provider_error', 'timeout', 'unreachable'])

/** Codes for an answer that belongs to another sign-in. Any other invalid answer comes from a broken provider. */
const mismatches: ReadonlySet<string> = new Set([
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_INVALID_RESPONSE',
])

/** What an error means for the sign-in, whatever was thrown. */
export function faultOf(thrown: unknown): ProviderFault {
  if (thrown instanceof TooManySignInsError) {
    return { code: 'provider_unavailable', reason: 'too_many', isOnlyAnnounced: true }
  }
  const { name, code, error, cause } = (thrown ?? {}) as Readonly<Record<string, unknown>>
  const stated = textOf(error)
  if (stated !== undefined) {
    const reason = Object.hasOwn(statedReasons, stated) ? (statedReasons[stated] ?? 'other_error') : 'other_error'
    return { code: troubles.has(reason) ? 'provider_unavailable' : 'provider_refused', reason, detail: plain(stated) }
  }
  const found = textOf(code)
  const detail = plain(found ?? textOf((cause as { code?: unknown } | undefined)?.code) ?? textOf(name) ?? 'unknown')
  const isMismatch = found !== undefined && mismatches.has(found)
  return { code: isMismatch ? 'provider_refused' : 'provider_unavailable', reason: reasonOf(thrown, found), detail }
}

function reasonOf(thrown: unknown, found: string | undefined): ProviderReason {
  if (thrown instanceof ProfileInvalidError) return 'account_invalid'
  if (thrown instanceof Error && thrown.name === 'TimeoutError') return 'timeout'
  const known = found !== undefined && Object.hasOwn(foundReasons, found) ? foundReasons[found] : undefined
  return known ?? (found?.startsWith('OAUTH_') ? 'answer_invalid' : 'unreachable')
}

/** The text comes from outside, and is logged. */
function plain(text: string): string {
  return text.slice(0, 64).replace(/[^\w.-]/g, '?')
}
