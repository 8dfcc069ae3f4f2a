import type { Context } from 'hono'
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status'
import { TokenError } from '../../errors.ts'
import { answerToProxy } from '../../guard/problem.ts'
import type { AnyReply, Endpoint, RouteEnv, RouteParts } from './endpoint.ts'
import { sendAnswer } from './errors.ts'
import { readRequest } from './read/request.ts'

/** Reads a request by what its endpoint declares, has it done, and sends the answer. */
export async function runEndpoint(endpoint: Endpoint, c: Context<RouteEnv>, parts: RouteParts): Promise<Response> {
  try {
    return send(c, await endpoint.handle(await readRequest(endpoint, c, parts), parts))
  } catch (error) {
    if (!endpoint.isForProxies || !(error instanceof TokenError)) throw error
    return sendAnswer(c, answerToProxy(parts.jwt.answer(error), parts.jwt.settings))
  }
}

function send(c: Context, { status, body, headers = {} }: AnyReply): Response {
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  return body === undefined ? c.body(null, status as StatusCode) : c.json(body, status as ContentfulStatusCode)
}
