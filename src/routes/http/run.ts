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
 * Requests that may wait, in each of the two lines. Those whose connections are closed stay in it, so that connections do not
 * bound it. The client with most in the line loses first.
 */
const places = 10_000

/** Requests that begin in one turn of the event loop: a few milliseconds of it. */
const perTurn = 8

/** Clients take turns at the event loop: one with hundreds of requests makes others wait for a few of them, and not for all. */
export function makeTurns(): MiddlewareHandler<RouteEnv> {
  const pace = new Pace({ perTurn, places, refusal: tooMany })
  return async function takeTurn(c, next) {
    await pace.enter(turnOf(c.var.origin, ''))
    await next()
  }
}

/**
 * Requests that are handled at once; more would only wait for each other, for the event loop and for the connections to the
 * database, of which there are fewer.
 */
const atOnce = 16

/** Reads a request by what its endpoint declares, has it done, and sends the answer. */
export type RunEndpoint = (endpoint: Endpoint, c: Context<RouteEnv>) => Promise<Response>

/**
 * What runs endpoints. Clients take turns, and behind one address its users do: one client with hundreds of requests under way
 * makes others wait for a few of them, and not for all.
 */
export function makeRunner(parts: RouteParts): RunEndpoint {
  const line = new FairQueue({ atOnce, places, refusal: tooMany })
  return async function runEndpoint(endpoint, c) {
    try {
      const given = await readRequest(endpoint, c, parts)
      const handle = () => endpoint.handle(given, parts)
      const turn = turnOf(given.origin, given.caller?.userId ?? '')
      return send(c, await (endpoint.waits ? handle() : line.run(turn, handle)))
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
