import { z } from 'zod'
import type { RequestErrorCode, TokenErrorCode } from '../../errors.ts'
import { statusOf } from '../../guard/problem.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { ErrorBody, MeBody, TokensBody, UserBody } from '../http/schemas.ts'

type Code = RequestErrorCode | TokenErrorCode
type Json = Record<string, unknown>

/** What any route may answer. */
const ofAll: readonly Code[] = ['body_too_large', 'unavailable', 'internal_error']
const ofBodies: readonly Code[] = ['invalid_json', 'invalid_request', 'unsupported_media_type']
const ofForms: readonly Code[] = ['unsupported_media_type']
const ofGuards: readonly Code[] = [
  'token_missing',
  'token_expired',
  'token_revoked',
  'csrf_missing',
  'credentials_malformed',
]

/** The OpenAPI 3.1 document of the routes, made from what they read and answer. */
export function openApiDocument(endpoints: readonly Endpoint[], basePath: string, issuer: string | undefined): Json {
  const paths: Record<string, Json> = {}
  for (const endpoint of endpoints) {
    const path = basePath + endpoint.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [endpoint.method]: operation(endpoint) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'hallpass',
      version: '1',
      description: 'Accounts, sessions and tokens. Every error is `{ "code", "msg" }` with a fitting status.',
    },
    ...(issuer !== undefined && { servers: [{ url: issuer }] }),
    paths,
    components: {
      schemas: Object.fromEntries([...named].map(([schema, name]) => [name, jsonSchema(schema)])),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

function operation({ path, summary, guard, body, query, answer, refusals }: Endpoint): Json {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => {
    return { name, in: 'path', required: true, schema: { type: 'string' } }
  })
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    return { name, in: 'query', required: false, schema: jsonSchema(schema as z.ZodType) }
  })
  const parameters = [...inPath, ...inQuery]
  return {
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(guard !== undefined && { security: [{ bearer: [] }] }),
    ...(body !== undefined && { requestBody: { required: body.required, ...content(body.schema, mediaTypeOf(body)) } }),
    responses: {
      [answer.status]: {
        description: answer.description,
        ...(answer.schema !== undefined && content(answer.schema)),
      },
      ...errors([
        ...refusals,
        ...(body ? (body.isForm ? ofForms : ofBodies) : []),
        ...(guard ? ofGuards : []),
        ...ofAll,
      ]),
    },
  }
}

function errors(codes: readonly Code[]): Json {
  const byStatus = Map.groupBy(new Set(codes), statusOf)
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => {
      const description = [...ofStatus].map((code) => `\`${code}\``).join(', ')
      return [status, { description, ...content(ErrorBody) }]
    }),
  )
}

/** Written once and pointed at. */
const named: ReadonlyMap<z.ZodType, string> = new Map([
  [ErrorBody, 'Error'],
  [TokensBody, 'Tokens'],
  [UserBody, 'User'],
  [MeBody, 'Me'],
])

function content(schema: z.ZodType, mediaType = 'application/json'): Json {
  const name = named.get(schema)
  const shape = name === undefined ? jsonSchema(schema) : { $ref: `#/components/schemas/${name}` }
  return { content: { [mediaType]: { schema: shape } } }
}

function mediaTypeOf({ isForm = false }: NonNullable<Endpoint['body']>): string {
  return isForm ? 'application/x-www-form-urlencoded' : 'application/json'
}

function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest
}
