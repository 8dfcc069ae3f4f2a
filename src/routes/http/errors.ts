import type { Context, ErrorHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { RequestError, TokenError } from '../../errors.ts'
import type { JwtManager } from '../../guard/jwt-manager.ts'
import { type Answer, requestProblem } from '../../guard/problem.ts'
import { isPassingFault } from '../../store/engine/faults.ts'

/**
 * Answers whatever a route throws, in one shape. Faults of the server go to `onError`, and to the client
 * only as such.
 */
export function answerErrors(jwt: JwtManager, onError: (error: unknown, request: Request) => void): ErrorHandler {
  return function answerError(error, c) {
    if (error instanceof TokenError) return sendAnswer(c, jwt.answer(error))
    const refusal = refusalOf(error)
    if (refusal.cause !== undefined) onError(refusal.cause, c.req.raw)
    return sendAnswer(c, requestProblem(refusal, jwt.settings))
  }
}

/** The answer to whatever was thrown; a fault of the server is the `cause`. */
export function refusalOf(cause: unknown): RequestError {
  if (cause instanceof RequestError) return cause
  return isPassingFault(cause)
    ? new RequestError('unavailable', 'The service is unavailable: try again', { cause })
    : new RequestError('internal_error', 'Internal error', { cause })
}

export function sendAnswer(c: Context, { status, headers, body }: Answer): Response {
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  return c.json(body, status as ContentfulStatusCode)
}
