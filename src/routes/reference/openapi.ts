import { z } from 'zod'
import type { Settings } from '../../guard/options/defaults.ts'
import { declaredCodes, declaredStatus } from '../http/declared-codes.ts'
import type { Contract, DeclaredAnswer, Endpoint } from '../http/endpoint.ts'
import { ErrorBody, schemaNames } from '../http/schemas.ts'
import { securityOf, securitySchemes } from './security.ts'

type Json = Record<string, unknown>

/** The OpenAPI 3.1 document of the routes, made from their declarations. */
export function openApiDocument(endpoints: readonly Endpoint[], basePath: string, settings: Settings): Json {
  const schemas: Json = {}
  const paths: Record<string, Json> = {}
  for (const endpoint of endpoints) {
    const path = basePath + endpoint.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [endpoint.method]: operation(endpoint, schemas) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'hallpass',
      version: '1',
      description: 'Accounts, sessions and tokens. Every error is `{ "code", "msg" }` with a matching status.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: addressOf(settings.encodeIssuer) }],
    paths,
    components: { schemas, securitySchemes: securitySchemes(settings) },
  }
}

/**
 * The server address. An issuer that is no web address cannot be one; then it is the server that the document came
 * from.
 */
function addressOf(issuer: string | undefined): string {
  return issuer !== undefined && /^https?:\/\//.test(issuer) ? issuer.replace(/\/+$/, '') : '/'
}

function operation(declared: Contract, schemas: Json): Json {
  const { id, summary, params, query, body, answers } = declared
  const parameters = [...parametersOf('path', params), ...parametersOf('query', query)]
  const mediaType = body?.isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  return {
    operationId: id,
    summary,
    security: securityOf(declared),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: { required: body.required, content: { [mediaType]: { schema: jsonSchema(body.schema) } } },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, responseOf(answer, schemas)])),
      ...refusalsOf(declared, schemas),
    },
  }
}

/** Described as they are read: a number in a query string is a number, although it arrives as text. */
function parametersOf(place: 'path' | 'query', schema: Contract['query']): Json[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'output' })
  return Object.entries(properties).map(([name, property]) => {
    return { name, in: place, required: required.includes(name), schema: property }
  })
}

function responseOf({ description, schema, isHtml, headers }: DeclaredAnswer, schemas: Json): Json {
  const described = Object.entries(headers ?? {}).map(([name, text]) => {
    return [name, { description: text, required: true, schema: { type: 'string' } }]
  })
  return {
    description,
    ...(headers !== undefined && { headers: Object.fromEntries(described) }),
    ...(schema !== undefined && { content: { 'application/json': { schema: named(schema, schemas) } } }),
    ...(isHtml && { content: { 'text/html': { schema: { type: 'string' } } } }),
  }
}

/** By status, with the codes that may come with it. */
function refusalsOf(declared: Contract, schemas: Json): Json {
  const byStatus = Map.groupBy(declaredCodes(declared), (code) => declaredStatus(declared, code))
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const schema = { allOf: [named(ErrorBody, schemas), { properties: { code: { enum: codes } } }] }
      const description = codes.map((code) => `\`${code}\``).join(', ')
      return [status, { description, content: { 'application/json': { schema } } }]
    }),
  )
}

/** A schema that has a name is written once and referred to. */
function named(schema: z.ZodType, schemas: Json): Json {
  const name = schemaNames.get(schema)?.name
  if (name === undefined) return jsonSchema(schema)
  schemas[name] ??= jsonSchema(schema)
  return { $ref: `#/components/schemas/${name}` }
}

function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', override: withoutSafeBounds })
  return rest
}

/** Removes bounds that were never set: those of a whole number in JavaScript. */
function withoutSafeBounds({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}
