import { Hono } from 'hono'
import { etag, RETAINED_304_HEADERS } from 'hono/etag'
import { isPublicUrl } from '../../core/settings/options.ts'
import type { JwtManager } from '../../guard/jwt-manager.ts'
import { publicCors } from '../http/cors.ts'

/** What the documents for other services contain. */
export interface WellKnownParts {
  readonly jwt: JwtManager
  /** How long others may cache the keys. */
  readonly maxAgeSeconds: number
  /** The address of this service. Without one there is no metadata, because a client can send any `Host` header. */
  readonly url: string | undefined
  /** The path of the routes. */
  readonly basePath: string
  /** Origins of the pages that may ask for passkeys. */
  readonly passkeyOrigins?: readonly string[]
  /** URL of the account pages; absent if there are none. */
  readonly pagesUrl?: string | undefined
}

/** Headers that an answer without the document keeps, including those that let a page read it. */
const retainedHeaders = [
  ...RETAINED_304_HEADERS,
  'access-control-allow-origin',
  'access-control-expose-headers',
  'x-content-type-options',
]

const metadataPath = '/oauth-authorization-server'

/**
 * The documents for services that verify tokens themselves, to be mounted at `/.well-known`. Pages of any origin may
 * read them.
 */
export function makeWellKnown({
  jwt,
  maxAgeSeconds,
  url,
  basePath,
  passkeyOrigins = [],
  pagesUrl,
}: WellKnownParts): Hono {
  const app = new Hono()
  const cacheControl = `public, max-age=${maxAgeSeconds}`

  /** Not for every path, because an application has its own documents at `/.well-known`. */
  function publish(path: string, type: string, make: () => unknown): void {
    app.use(path, publicCors(), etag({ retainedHeaders }))
    app.get(path, (c) => {
      const headers = { 'Cache-Control': cacheControl, 'Content-Type': type, 'X-Content-Type-Options': 'nosniff' }
      return c.body(JSON.stringify(make()), 200, headers)
    })
  }

  publish('/jwks.json', 'application/jwk-set+json', () => jwt.keys.toJwks())
  if (url !== undefined && isPublicUrl(url)) {
    const issuer = jwt.settings.encodeIssuer ?? url
    const metadata = metadataOf(issuer, url.replace(/\/$/, ''), basePath)
    for (const path of new Set(['', issuerPath(issuer)])) {
      publish(metadataPath + path, 'application/json', () => metadata)
    }
    // WebAuthn level 3, section 5.11.1.
    publish('/webauthn', 'application/json', () => ({ origins: passkeyOrigins }))
  }
  if (pagesUrl !== undefined) {
    const manage = `${pagesUrl}/account/passkeys`
    // Password managers send their users there (W3C: passkey endpoints, change password URL).
    publish('/passkey-endpoints', 'application/json', () => ({ enroll: `${manage}/add`, manage }))
    app.get('/change-password', (c) => c.redirect(`${pagesUrl}/account/password`))
  }
  return app
}

/**
 * Metadata after RFC 8414 section 2. There is no authorization endpoint and no grant, because users log in with their
 * passwords. A member without elements is omitted (section 3.2), even one that section 2 requires.
 */
function metadataOf(issuer: string, base: string, basePath: string): Readonly<Record<string, unknown>> {
  const methods = ['client_secret_basic', 'client_secret_post']
  return {
    issuer,
    jwks_uri: `${base}/.well-known/jwks.json`,
    introspection_endpoint: `${base}${basePath}/introspect`,
    introspection_endpoint_auth_methods_supported: methods,
    revocation_endpoint: `${base}${basePath}/revoke`,
    revocation_endpoint_auth_methods_supported: [...methods, 'none'],
  }
}

/**
 * The path of an issuer, such as `/tenant` of `https://id.example/tenant/`; empty if there is none. Clients look for
 * the metadata at this path below `/.well-known/oauth-authorization-server` (RFC 8414 section 3.1); older ones, at
 * `/.well-known` below this path. A path that the router would read as a pattern counts as none.
 */
export function issuerPath(issuer: string | undefined): string {
  if (issuer === undefined || !isPublicUrl(issuer)) return ''
  const path = new URL(issuer).pathname.replace(/\/$/, '')
  return /^(?:\/[\w.~-]+)+$/.test(path) ? path : ''
}
