import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { JwtManager } from '../../guard/jwt-manager.ts'

/**
 * Lets pages of the listed origins call the routes with credentials, and read the headers that say what to do about a
 * refusal.
 */
export function corsFor(origins: readonly string[], jwt: JwtManager): MiddlewareHandler {
  const { accessCsrfHeaderName, refreshCsrfHeaderName } = jwt.settings
  return cors({
    origin: [...origins],
    credentials: true,
    allowMethods: ['GET', 'POST', 'DELETE'],
    allowHeaders: [...new Set(['Authorization', 'Content-Type', accessCsrfHeaderName, refreshCsrfHeaderName])],
    exposeHeaders: ['Retry-After', 'X-Request-Id', 'WWW-Authenticate'],
    maxAge: 600,
  })
}

/** Lets any page read documents that are public, without credentials. */
export function publicCors(): MiddlewareHandler {
  return cors({ origin: '*', allowMethods: ['GET', 'HEAD'], exposeHeaders: ['ETag'], maxAge: 86_400 })
}
