import type { Context } from 'hono'
import type { z } from 'zod'
import { type Caller, sessionIdOf } from '../../accounts/sessions/caller.ts'
import type { Keeping, SessionParts } from '../../accounts/sessions/parts.ts'
import type { RegistrationParts } from '../../accounts/users/register.ts'
import type { RequestOrigin } from '../../core/events.ts'
import type { RequestErrorCode, TokenErrorCode } from '../../errors.ts'
import type { Authenticated, GuardOptions } from '../../guard/guard-options.ts'

/** What handlers find in `c.var`: who is asking, as it was when the request came; behind a guard, the token's identity. */
export interface RouteEnv {
  readonly Variables: { origin: RequestOrigin; jwt: Authenticated }
}

/** What handlers work with. */
export interface RouteParts extends SessionParts, RegistrationParts {
  /** Who is asking, as far as it can be seen and believed. Handlers find the answer in `c.var.origin`. */
  readonly originOf: (c: Context) => RequestOrigin
}

/** One route: what it takes, what it answers, how it is done. The API document is made of the same. */
export interface Endpoint {
  readonly method: 'get' | 'post' | 'delete'
  /** Hono's spelling: `/sessions/:id`. */
  readonly path: string
  readonly summary: string
  /** Wants an access token, and of which sort. */
  readonly guard?: GuardOptions
  /** What is read of the body. */
  readonly body?: { readonly schema: z.ZodType; readonly required: boolean; readonly isForm?: boolean }
  /** What is read of the query string. */
  readonly query?: z.ZodObject
  readonly answer: { readonly status: 200 | 201 | 204; readonly description: string; readonly schema?: z.ZodType }
  /** Codes that it refuses with, those of every route apart. */
  readonly refusals: readonly (RequestErrorCode | TokenErrorCode)[]
  readonly handle: (c: Context<RouteEnv>, parts: RouteParts) => Promise<Response>
}

/** Whom a guarded request comes from. */
export function callerOf(c: Context<RouteEnv>): Caller {
  const { identity, claims } = c.var.jwt
  return { userId: identity, sessionId: sessionIdOf(claims) }
}

/** How its token is kept: the next one is kept likewise. */
export function keepingOf(c: Context<RouteEnv>): Keeping {
  const { remember } = c.var.jwt.claims as { readonly remember?: unknown }
  return remember === false ? { remember } : {}
}
