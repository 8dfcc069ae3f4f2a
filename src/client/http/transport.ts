import type { Credentials, Purpose } from '../credentials/credentials.ts'
import type { ClientOptions } from '../options.ts'
import type { Surroundings } from '../surroundings.ts'

/** Sends requests to the routes, and to whatever else the application calls. */
export interface Transport {
  /** The routes, if their address is known: on a server, a path alone is no address. */
  readonly base: URL | undefined
  /**
   * Sends JSON to the routes. A redirect is an error, so that passwords go nowhere else.
   * @param body JSON; `undefined` for a request without a body.
   */
  ask(
    credentials: Credentials,
    purpose: Purpose,
    method: string,
    path: string,
    body: string | undefined,
    init?: RequestInit,
  ): Promise<Response>
  /** Prepares a request of the application; `undefined` if its origin may not see the session. */
  prepare(credentials: Credentials, input: string | URL | Request, init: RequestInit): Repeatable | undefined
  /** Sends a request unchanged. */
  pass(input: string | URL | Request, init?: RequestInit): Promise<Response>
}

/** A request that may be sent again. */
export interface Repeatable {
  readonly canRepeat: boolean
  /** Ends the wait for a refresh too. */
  readonly signal?: AbortSignal | null | undefined
  send(): Promise<Response>
}

export function makeTransport(here: Surroundings, options: ClientOptions): Transport {
  // Looked up at each request, because applications and their tools replace it.
  const pass = options.fetch ?? ((...request) => fetch(...request))
  const root = options.baseUrl.replace(/\/+$/, '')
  const base = resolve(root)
  const origins = [
    base,
    // A mistake of the program: `new URL` throws.
    ...(options.origins ?? []).map((origin) => new URL(/:\/\/[^/?#@*]+\/?$/.test(origin) ? origin : '')),
  ].map(originOf)

  function resolve(address: string | URL): URL | undefined {
    try {
      return new URL(address, here.document?.baseURI)
    } catch {
      return undefined
    }
  }

  return {
    base,
    pass,
    ask(credentials, purpose, method, path, body, init) {
      const headers = new Headers(body ? { 'content-type': 'application/json' } : {})
      const signed = credentials.sign(headers, method, purpose)
      // Absent and `undefined` are the same to `fetch`, though not to the compiler.
      return pass(root + path, { method, headers, redirect: 'error', body: body as string, ...signed, ...init })
    },
    prepare(credentials, input, init) {
      const request = input instanceof Request ? input : undefined
      const url = resolve(request?.url ?? (input as string | URL))
      if (!url?.host || !origins.includes(originOf(url))) return undefined
      const body = Object(init.body)
      return {
        // A stream is consumed when it is sent.
        canRepeat: !(body.getReader || body[Symbol.asyncIterator]),
        signal: init.signal ?? request?.signal,
        async send() {
          const headers = new Headers(init.headers ?? request?.headers)
          const method = init.method ?? request?.method ?? 'GET'
          const signed = credentials.sign(headers, method, 'access', url.hostname)
          // A copy, because the body of a request can be read only once.
          return pass(request?.clone() ?? input, { ...signed, ...init, headers })
        },
      }
    },
  }
}

/** Not `URL.origin`, which is 'null' for schemes that are not web schemes, such as `capacitor:`. */
const originOf = (url: URL | undefined): string | undefined => url && url.protocol + url.host
