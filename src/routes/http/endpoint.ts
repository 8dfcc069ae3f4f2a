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

/** What the runner finds in `c.var`: who is asking, as it was when the request came; behind a guard, the token's identity. */
export interface RouteEnv {
  readonly Variables: { origin: RequestOrigin; jwt: Authenticated }
}

/** What handlers work with. */
export interface RouteParts extends PasskeyParts, EmailParts, IdentityParts {
  readonly providers: IdentityParts['providers']
  /** Who is asking, as far as it can be seen and believed. Handlers are given the answer. */
  readonly originOf: (c: Context) => RequestOrigin
}

/** A schema of an object, with an entry for every member of its type: a type cannot promise more than is read. */
export type Schema<Type = unknown> = z.ZodType<Type> & { readonly shape: Readonly<Record<keyof Type, unknown>> }

/** What an endpoint declares: requests are read by it, answers are checked against it, and the API document is made of it. */
export interface Contract {
  /** Its name among all endpoints: `operationId` of the API document. */
  readonly id: string
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** Hono's spelling: `/sessions/:id`. */
  readonly path: string
  readonly summary: string
  /** Requires an access token, and of which sort. */
  readonly guard?: GuardOptions
  /** Tokens that the handler itself looks for in the request. */
  readonly credentials?: readonly ('access' | 'refresh')[]
  /** Whether it is for registered clients alone, or knows them. */
  readonly client?: 'required' | 'optional'
  /** The parameters of its path. */
  readonly params?: Schema
  /** The query string. Of a parameter that comes twice, the first counts. */
  readonly query?: Schema
  readonly body?: Body
  /** By status. */
  readonly answers: Readonly<Record<number, DeclaredAnswer>>
  /** Codes that it refuses with, apart from those that follow from the above and those of every endpoint. */
  readonly refusals: readonly Code[]
  /**
   * Whether its handler may wait for more than the database: for a hash, another server, something to happen, or the
   * application, which is asked for the claims of a token. It then takes no place among the requests that are handled at once.
   */
  readonly waits?: true
  /** Refusals of tokens have a status that proxies understand. */
  readonly isForProxies?: true
}

/** JSON, or a form. Where it is not required, no body is one without members. */
export interface Body {
  readonly schema: Schema
  readonly required: boolean
  readonly isForm?: true
}

/** An answer. Without a schema it has no body. */
export interface DeclaredAnswer {
  readonly description: string
  readonly schema?: z.ZodType
  /** Whether it is a page, for a browser that was sent here. */
  readonly isHtml?: true
  /** Headers that it always has, and what they say. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What a handler gets of a request. */
export interface Given<Declared extends Contract> {
  readonly params: Output<Declared['params']>
  readonly query: Output<Declared['query']>
  readonly body: Declared['body'] extends { readonly schema: infer Read } ? Output<Read> : undefined
  /** Who is asking, as it was when the request came. */
  readonly origin: RequestOrigin
  /** Whom a guarded request comes from. */
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
  /** The path of the request, that of the mount included. */
  readonly path: string
  /** Adds `Set-Cookie` lines to the answer, also to a refusal. */
  readonly setCookies: (lines: readonly string[]) => void
}

type Output<Declared> = Declared extends z.ZodType<infer Type> ? Type : undefined

/** Whom a guarded request comes from, and how its token is kept: the next one is kept likewise. */
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

/** One route: what it declares, and how it is done. */
export interface Endpoint extends Contract {
  readonly handle: (given: AnyGiven, parts: RouteParts) => Promise<AnyReply>
}

/** As the runner has it, which cannot know the types of each. */
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

/** Ties a handler to what is declared: it gets what the schemas read, and compiles only if its answers are declared. */
export function defineEndpoint<const Declared extends Contract, const Answered extends Reply<Declared>>(
  declared: Declared,
  handle: (given: Given<Declared>, parts: RouteParts) => Promise<Answered>,
): Endpoint {
  // The runner gives what it has read by the very schemas that these types come from.
  return { ...declared, handle: handle as unknown as Endpoint['handle'] }
}
