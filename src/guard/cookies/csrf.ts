import { TokenError } from '../../errors.ts'
import { equalBytes } from '../../token/algorithms.ts'
import type { RequestView } from '../request/request-view.ts'

/**
 * Checks the double submit: the value that the request carries in addition to its cookies must equal the token's `csrf`
 * claim. Another site can make a browser send cookies, but can neither read nor set this value (OWASP CSRF, signed
 * double submit).
 * @throws {TokenError} `csrf_mismatch`, `token_claim_missing`
 */
export function checkCsrfValue(claims: Readonly<Record<string, unknown>>, submitted: string): void {
  if (claims.csrf === undefined) throw claimMissing('csrf')
  if (typeof claims.csrf !== 'string' || !equalBytes(Buffer.from(claims.csrf), Buffer.from(submitted))) {
    throw new TokenError('csrf_mismatch', 'CSRF double submit tokens do not match')
  }
}

/** The refusal of a token that lacks a claim which the manager requires. */
export function claimMissing(name: string): TokenError {
  return new TokenError('token_claim_missing', `Missing claim: ${name}`)
}

/**
 * Rejects requests from pages of other sites, as stated by the browser: in `Sec-Fetch-Site`, or by older browsers only
 * in `Origin`. A client that sends neither is not a browser, so it carries no victim's cookies.
 * @throws {TokenError} `cross_site_refused`
 */
export function checkOrigin(request: RequestView, trustedOrigins: readonly string[]): void {
  if (isListed(request, trustedOrigins)) return
  const origin = request.header('origin')
  const site = request.header('sec-fetch-site')
  const isOwn = site === undefined ? origin === undefined || isOwnOrigin(origin, request) : isOwnSite(site, request)
  if (!isOwn) throw new TokenError('cross_site_refused', 'Sent by a page of another site')
}

/**
 * Whether a page of a listed origin sent the request. Browsers write `Origin`, and no page can change it (Fetch section
 * 2.2.2).
 */
export function isListed(request: RequestView, trustedOrigins: readonly string[]): boolean {
  return trustedOrigins.includes(request.header('origin') ?? '')
}

/** Whether another site sent the browser here, according to `Sec-Fetch-Site`: by a link, a form or a redirect. */
export function isFromOtherSite(request: Pick<RequestView, 'header'>): boolean {
  const site = request.header('sec-fetch-site')
  return site !== undefined && !ownSites.includes(site)
}

/** `Sec-Fetch-Site` of requests from our own pages, and from the address bar. Any other value is foreign. */
const ownSites: readonly string[] = ['same-origin', 'none', 'same-site']

/** A page of a sibling host can read what the server sends over a WebSocket, but no answer to other requests. */
function isOwnSite(site: string, request: RequestView): boolean {
  return ownSites.includes(site) && !(site === 'same-site' && opensWebSocket(request))
}

/** Whether a request opens a WebSocket. In HTTP/2 (RFC 8441) and behind a proxy there is no `Upgrade`. */
export function opensWebSocket(request: RequestView): boolean {
  if (/websocket/i.test(request.header('upgrade') ?? '')) return true
  return ['key', 'version'].some((name) => request.header(`sec-websocket-${name}`))
}

/** An origin without a host, such as `null`, does not match a request without a `Host` header. */
function isOwnOrigin(origin: string, request: RequestView): boolean {
  const { protocol, host } = URL.parse(origin) ?? {}
  const asked = request.header('host')
  if (!host || !asked) return false
  // Normalized as browsers write origins: in lower case, without the default port of the scheme.
  return host === asked || (/^[\w.:[\]-]+$/.test(asked) && host === URL.parse(`${protocol}//${asked}`)?.host)
}
