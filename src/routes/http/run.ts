import type { Context, MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status'
import { turnOf } from '../../accounts/passwords/queue/hash-turn.ts'
import { FairQueue } from '../../core/queue/fair-queue.ts'
import { Pace } from '../../core/queue/pace.ts'
import { RequestError, TokenError } from '../../errors.ts'
import { answerToProxy } from '../../guard/problem.ts'
import type { AnyReply, Endpoint, RouteEnv, RouteParts } from './endpoint.ts'
import { sendAnswer } from './errors.ts'
import { readRequest } from './read/request.ts'

/**
 * Requests that may wait in each of the two queues. Requests of closed connections stay in a queue, so the number of
 * connections does not bound it. When it is full, the client with the most waiting requests is refused first.
 */
const places = 10_000

/** Requests that start in one turn of the event loop: a few milliseconds of work. */
const perTurn = 8

/**
 * Makes clients take turns at the event loop: a client with hundreds of requests makes others wait for a few of them,
 * not for all.
 */
export function makeTurns(): MiddlewareHandler<RouteEnv> {
  const pace = new Pace({ perTurn, places, refusal: tooMany })
  return async function takeTurn(c, next) {
    await pace.enter(turnOf(c.var.origin))
    await next()
  }
}

/** Requests that are handled at once. With fewer, clients are slow to catch up after a pause of the process. */
const atOnce = 32

/**
 * Those of one network among them. Fewer than the ten connections to PostgreSQL, so that no network alone uses all of
 * them; enough to keep the database busy.
 */
const atOncePerNetwork = 8

/** Reads a request as its endpoint declares, runs the handler and sends the answer. */
export type RunEndpoint = (endpoint: Endpoint, c: Context<RouteEnv>) => Promise<Response>

/**
 * Makes the function that runs endpoints. Clients take turns, and so do the users behind one address: a client with
 * hundreds of requests in progress makes others wait for a few of them, not for all.
 */
export function makeRunner(parts: RouteParts): RunEndpoint {
  const line = new FairQueue({ atOnce, perNetwork: atOncePerNetwork, places, refusal: tooMany })
  return async function runEndpoint(endpoint, c) {
    try {
      const given = await readRequest(endpoint, c, parts)
      const handle = () => endpoint.handle(given, parts)
      if (endpoint.waits) return send(c, await handle())
      return send(c, await line.run(turnOf(given.origin, given.caller?.userId ?? ''), handle))
    } catch (error) {
      if (!endpoint.isForProxies || !(error instanceof TokenError)) throw error
      return sendAnswer(c, answerToProxy(parts.jwt.answer(error), parts.jwt.settings))
    }
  }
}

function tooMany(): RequestError {
  return new RequestError('unavailable', 'Too many requests at once: try again', { retryAfterSeconds: 1 })
}

function send(c: Context, { status, body, html, headers = {} }: AnyReply): Response {
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  if (html !== undefined) return c.html(html, status as ContentfulStatusCode)
  return body === undefined ? c.body(null, status as StatusCode) : c.json(body, status as ContentfulStatusCode)
}
