import { createHash } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { JwtManager } from '../guard/jwt-manager.ts'

/** What the documents for other services are made of. */
export interface WellKnownParts {
  readonly jwt: JwtManager
  /** How long others may keep a copy of the keys. */
  readonly maxAgeSeconds: number
  /** The address of this service; absent where nobody said it, and then there is no metadata: a Host header is anybody's. */
  readonly url: string | undefined
  /** Where the routes are. */
  readonly basePath: string
}

/** Documents for services that check tokens themselves, to be mounted at `/.well-known`. */
export function makeWellKnown({ jwt, maxAgeSeconds, url, basePath }: WellKnownParts): Hono {
  const app = new Hono()
  const cacheControl = `public, max-age=${maxAgeSeconds}`

  /** With a tag of its content, so that whoever has it already is told so (RFC 9110 section 13.1.2). */
  function send(c: Context, document: unknown, type: string): Response {
    const text = JSON.stringify(document)
    const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
    c.header('Cache-Control', cacheControl)
    c.header('ETag', etag)
    c.header('X-Content-Type-Options', 'nosniff')
    const known = c.req.header('if-none-match')?.split(',') ?? []
    if (known.some((tag) => tag.trim().replace(/^W\//, '') === etag)) return c.body(null, notModified)
    return c.body(text, 200, { 'Content-Type': type })
  }

  app.get('/jwks.json', (c) => send(c, jwt.keys.toJwks(), 'application/jwk-set+json'))
  if (url !== undefined) {
    const base = url.replace(/\/$/, '')
    const methods = ['client_secret_basic', 'client_secret_post']
    /** RFC 8414 section 2. There is no authorization endpoint: users log in with their passwords. */
    const metadata = {
      issuer: jwt.settings.encodeIssuer ?? url,
      jwks_uri: `${base}/.well-known/jwks.json`,
      introspection_endpoint: `${base}${basePath}/introspect`,
      introspection_endpoint_auth_methods_supported: methods,
      revocation_endpoint: `${base}${basePath}/revoke`,
      revocation_endpoint_auth_methods_supported: [...methods, 'none'],
      response_types_supported: [],
      grant_types_supported: [],
    }
    app.get('/oauth-authorization-server', (c) => send(c, metadata, 'application/json'))
  }
  return app
}

const notModified = 304
