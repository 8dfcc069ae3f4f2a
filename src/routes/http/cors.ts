import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { JwtManager } from '../../guard/jwt-manager.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * Lets pages of the listed origins call the endpoints with credentials, and read the headers that say what to do about a
 * refusal.
 */
export function corsFor(
  origins: readonly string[],
  endpoints: readonly Endpoint[],
  jwt: JwtManager,
): MiddlewareHandler {
  const { accessCsrfHeaderName, refreshCsrfHeaderName } = jwt.settings
  return cors({
    origin: [...origins],
    credentials: true,
    allowMethods: [...new Set(endpoints.map(({ method }) => method.toUpperCase()))],
    allowHeaders: [...new Set(['Authorization', 'Content-Type', accessCsrfHeaderName, refreshCsrfHeaderName])],
    exposeHeaders: ['Retry-After', 'X-Request-Id', 'WWW-Authenticate'],
    maxAge: 600,
  })
}

/** Lets any page read documents that are public, without credentials. */
export function publicCors(): MiddlewareHandler {
  return cors({ origin: '*', allowMethods: ['GET', 'HEAD'], exposeHeaders: ['ETag'], maxAge: 86_400 })
}
