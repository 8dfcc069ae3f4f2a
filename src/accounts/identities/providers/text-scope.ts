import type { GuardedRequest } from '../../../outbound/guarded-fetch.ts'

type Fetch = (address: string, request: GuardedRequest) => Promise<Response>

/**
 * For providers whose token endpoint answers `scope` as a list. It should be a string (RFC 6749 section 5.1), and the
 * library rejects anything else.
 */
export function withTextScope(fetch: Fetch): Fetch {
  return async function fetchWithTextScope(address, request) {
    const response = await fetch(address, request)
    const text = await response.text()
    const { status, headers } = response
    return new Response(text === '' ? null : joined(text), { status, headers })
  }
}

function joined(text: string): string {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null || !('scope' in body) || !Array.isArray(body.scope)) return text
    return JSON.stringify({ ...body, scope: body.scope.join(' ') })
  } catch {
    return text
  }
}
