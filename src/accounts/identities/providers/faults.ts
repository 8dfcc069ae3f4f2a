import { textOf } from './claims.ts'

/** Why a sign-in with a provider failed: it said no, or what it sent is not for this sign-in; or it cannot be used now. */
export interface ProviderFault {
  readonly code: 'provider_refused' | 'provider_unavailable'
  /** For the audit: what the library or the provider calls it. */
  readonly reason: string
  /** Not stored: anyone can cause it often. */
  readonly isOnlyAnnounced: boolean
}

/** A sign-in found no place among those that wait for the provider. */
export class TooManySignInsError extends Error {
  override readonly name = 'too_many'
}

/** Errors of the answer that mean that the provider is in trouble, or that this server is set up wrongly there. */
const troubles: ReadonlySet<string> = new Set([
  'server_error',
  'temporarily_unavailable',
  'invalid_client',
  'unauthorized_client',
])

/** What the library finds wrong with an answer or an ID token. */
const mismatches: ReadonlySet<string> = new Set([
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_INVALID_RESPONSE',
])

export function faultOf(thrown: unknown): ProviderFault {
  const { name, code, error, cause } = (thrown ?? {}) as Readonly<Record<string, unknown>>
  // What the provider said itself (RFC 6749 sections 4.1.2.1 and 5.2).
  const stated = textOf(error)
  const isOnlyAnnounced = thrown instanceof TooManySignInsError
  if (stated !== undefined) {
    return {
      code: troubles.has(stated) ? 'provider_unavailable' : 'provider_refused',
      reason: plain(stated),
      isOnlyAnnounced,
    }
  }
  const found = textOf(code)
  const reason = plain(found ?? textOf((cause as { code?: unknown } | undefined)?.code) ?? textOf(name) ?? 'unknown')
  return {
    code: found !== undefined && mismatches.has(found) ? 'provider_refused' : 'provider_unavailable',
    reason,
    isOnlyAnnounced,
  }
}

/** Anyone can write anything there. */
function plain(text: string): string {
  return text.slice(0, 64).replace(/[^\w.-]/g, '?')
}
