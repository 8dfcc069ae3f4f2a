import { isDeepStrictEqual } from 'node:util'
import type { MiddlewareHandler } from 'hono'
import type { z } from 'zod'
import { parseAs } from '../../core/input/parse-as.ts'
import { declaredCodes, declaredStatus } from './declared-codes.ts'
import type { Code, Contract, DeclaredAnswer } from './endpoint.ts'
import { ErrorBody } from './schemas.ts'

/**
 * Compares each answer of an endpoint with what it declares, in tests and in development. A difference becomes a server
 * error, whose message names the endpoint and repeats nothing of the answer.
 */
export function checkAnswersOf(declared: Contract): MiddlewareHandler {
  const name = `${declared.method.toUpperCase()} ${declared.path}`
  return async function checkAnswer(c, next) {
    await next()
    // What HEAD answers has no body, and is not declared.
    if (c.req.method === 'HEAD') return
    const fault = await faultOf(declared, c.res)
    if (fault !== undefined) throw new Error(`${name} does not declare its answer: ${fault}`)
  }
}

async function faultOf(declared: Contract, response: Response): Promise<string | undefined> {
  const text = await response.clone().text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  const body: unknown = text === '' ? undefined : isJson ? JSON.parse(text) : text
  const answer = declared.answers[response.status]
  if (answer !== undefined) return faultOfAnswer(answer, body, response.headers)
  const fault = faultOfBody(ErrorBody, body)
  if (fault !== undefined) return `${response.status}, ${fault}`
  const { code } = body as { readonly code: Code }
  if (!declaredCodes(declared).has(code)) return `the refusal ${code}`
  return declaredStatus(declared, code) === response.status ? undefined : `${response.status} for ${code}`
}

function faultOfAnswer(answer: DeclaredAnswer, body: unknown, headers: Headers): string | undefined {
  const missing = Object.keys(answer.headers ?? {}).find((header) => !headers.has(header))
  if (missing !== undefined) return `without ${missing}`
  if (answer.isHtml) return headers.get('content-type')?.startsWith('text/html') ? undefined : 'no page'
  if (answer.schema === undefined) return body === undefined ? undefined : 'a body where there is none'
  return faultOfBody(answer.schema, body)
}

function faultOfBody(schema: z.ZodType, body: unknown): string | undefined {
  const { value, faults } = parseAs(schema, body)
  if (faults !== undefined) return faults.map(({ member, msg }) => `${member || 'the body'} ${msg}`).join(', ')
  // A member that the schema does not declare is missing in what it parsed.
  return isDeepStrictEqual(value, body) ? undefined : 'members that are not declared'
}
