import type { Context } from 'hono'
import type { z } from 'zod'
import type { EmailParts } from '../../accounts/email/parts.ts'
import type { IdentityParts } from '../../accounts/identities/parts.ts'
import type { PasskeyParts } from '../../accounts/passkeys/parts.ts'
import type { Caller } from '../../accounts/sessions/caller.ts'
import type { Keeping } from '../../accounts/sessions/parts.ts'
import type { RequestOrigin } from '../../core/events.ts'
import type { RequestErrorCode, TokenErrorCode } from '../../errors.ts'
import type { Authenticated, GuardOptions } from '../../guard/options/guard-options.ts'
import type { RequestView } from '../../guard/request/request-view.ts'
import type { TokenLocation } from '../../guard/request/token-location.ts'
import type { RegisteredClient } from '../../store/clients.ts'

export type Code = RequestErrorCode | TokenErrorCode

/**
 * What the runner reads from `c.var`: the origin of the request as it was on arrival and, behind a guard, the identity
 * of the token.
 */
export interface RouteEnv {
  readonly Variables: { origin: RequestOrigin; jwt: Authenticated }
}

/** What handlers need. */
export interface RouteParts extends PasskeyParts, EmailParts, IdentityParts {
  readonly providers: IdentityParts['providers']
  /** Reads the origin of a request, as far as it can be seen and trusted. Handlers are passed the result. */
  readonly originOf: (c: Context) => RequestOrigin
}

/**
 * A schema of an object, with an entry for every member of its type, so that a type cannot promise more than is read.
 */
export type Schema<Type = unknown> = z.ZodType<Type> & { readonly shape: Readonly<Record<keyof Type, unknown>> }

/**
 * What an endpoint declares. Requests are read by it, answers are checked against it, and the API document is made from
 * it.
 */
export interface Contract {
  /** Its unique name: `operationId` in the API document. */
  readonly id: string
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** Hono's spelling: `/sessions/:id`. */
  readonly path: string
  readonly summary: string
  /** Requires an access token, with these conditions. */
  readonly guard?: GuardOptions
  /** Tokens that the handler itself looks for in the request. */
  readonly credentials?: readonly ('access' | 'refresh')[]
  /** Whether it is for registered clients only, or also recognises them. */
  readonly client?: 'required' | 'optional'
  /** The parameters of its path. */
  readonly params?: Schema
  /** The query string. If a parameter is repeated, the first one counts. */
  readonly query?: Schema
  readonly body?: Body
  /** By status. */
  readonly answers: Readonly<Record<number, DeclaredAnswer>>
  /** Codes that it refuses with, in addition to those that follow from the above and those of every endpoint. */
  readonly refusals: readonly Code[]
  /**
   * Whether its handler may wait for more than the database: a hash, other attempts at a password or a code, another
   * server, an event, or the application, which is asked for the claims of a token. It then takes no place among the requests that are handled at once.
   */
  readonly waits?: true
  /** Whether refusals of tokens have a status that proxies understand. */
  readonly isForProxies?: true
}

/** JSON, or a form. If it is not required, a missing body is read as one without members. */
export interface Body {
  readonly schema: Schema
  readonly required: boolean
  readonly isForm?: true
}

/** An answer. Without a schema, it has no body. */
export interface DeclaredAnswer {
  readonly description: string
  readonly schema?: z.ZodType
  /** Whether it is a page, for a browser that was sent here. */
  readonly isHtml?: true
  /** Headers that it always has, with their descriptions. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What a handler gets from a request. */
export interface Given<Declared extends Contract> {
  readonly params: Output<Declared['params']>
  readonly query: Output<Declared['query']>
  readonly body: Declared['body'] extends { readonly schema: infer Read } ? Output<Read> : undefined
  /** The origin of the request, as it was on arrival. */
  readonly origin: RequestOrigin
  /** The user that a guarded request comes from. */
  readonly caller: Declared['guard'] extends { readonly optional: true }
    ? GuardedCaller | undefined
    : Declared['guard'] extends GuardOptions
      ? GuardedCaller
      : undefined
  /** The service that a request comes from. */
  readonly client: Declared['client'] extends 'required'
    ? RegisteredClient
    : Declared['client'] extends 'optional'
      ? RegisteredClient | undefined
      : undefined
  readonly request: RequestView
  /** The path of the request, including that of the mount. */
  readonly path: string
  /** Adds `Set-Cookie` lines to the answer, even if it is a refusal. */
  readonly setCookies: (lines: readonly string[]) => void
}

type Output<Declared> = Declared extends z.ZodType<infer Type> ? Type : undefined

/** The user that a guarded request comes from, and how its token is kept, so that the next one is kept likewise. */
export interface GuardedCaller extends Caller {
  readonly location: TokenLocation
  readonly keeping: Keeping
}

/** One of the declared answers. */
export type Reply<Declared extends Contract> = {
  readonly [Status in keyof Declared['answers']]: { readonly status: Status } & Content<Declared['answers'][Status]>
}[keyof Declared['answers']]

type Content<Declared> = (Declared extends { readonly schema: z.ZodType<infer Type> }
  ? { readonly body: Type }
  : { readonly body?: never }) &
  (Declared extends { readonly isHtml: true } ? { readonly html: string } : { readonly html?: never }) &
  (Declared extends { readonly headers: infer Headers }
    ? { readonly headers: Readonly<Record<keyof Headers, string>> }
    : { readonly headers?: never })

/** One route: what it declares, and its handler. */
export interface Endpoint extends Contract {
  readonly handle: (given: AnyGiven, parts: RouteParts) => Promise<AnyReply>
}

/** The values for a handler as the runner sees them; it cannot know the types of each endpoint. */
export interface AnyGiven extends Omit<Given<Contract>, 'params' | 'query' | 'body' | 'caller' | 'client'> {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly caller: GuardedCaller | undefined
  readonly client: RegisteredClient | undefined
}

export interface AnyReply {
  readonly status: number
  readonly body?: unknown
  readonly html?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Ties a handler to a declaration: it gets what the schemas read, and compiles only if its answers are declared. */
export function defineEndpoint<const Declared extends Contract, const Answered extends Reply<Declared>>(
  declared: Declared,
  handle: (given: Given<Declared>, parts: RouteParts) => Promise<Answered>,
): Endpoint {
  // The runner passes what it has read with the very schemas that these types come from.
  return { ...declared, handle: handle as unknown as Endpoint['handle'] }
}
