import { createHmac } from 'node:crypto'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { type Reply, secret } from './service.ts'

interface Operation {
  readonly operationId: string
}

/** The answers that an OpenAPI document declares, by the id of the operation. */
export class DeclaredAnswers {
  readonly #ajv = formats.default(new Ajv2020({ strict: false }))
  readonly #pointers = new Map<string, string>()

  constructor(document: Record<string, unknown>) {
    this.#ajv.addSchema(document, 'document')
    for (const [path, methods] of Object.entries(document.paths as Record<string, Record<string, Operation>>)) {
      for (const [method, { operationId }] of Object.entries(methods)) {
        this.#pointers.set(operationId, `document#/paths/${escaped(path)}/${method}/responses`)
      }
    }
  }

  get ids(): string[] {
    return [...this.#pointers.keys()]
  }

  /** What is wrong with an answer; nothing where it is declared. */
  faultsOf(id: string, { status, body, text, headers }: Reply): unknown[] {
    const pointer = `${this.#pointers.get(id)}/${status}`
    if (this.#find(pointer) === undefined) return [`${id} does not declare ${status}`]
    for (const header of [...headers.keys()].filter((name) => name.startsWith('x-auth-'))) {
      const isDeclared = Object.keys(this.#headersOf(pointer)).some((name) => name.toLowerCase() === header)
      if (!isDeclared) return [`${id} does not declare ${header}`]
    }
    const type = headers.get('content-type')
    if (type === null) return this.#find(`${pointer}/content`) === undefined ? [] : ['no body']
    const [mediaType = ''] = type.split(';')
    const validate = this.#find(`${pointer}/content/${escaped(mediaType)}/schema`)
    if (validate === undefined) return ['a body']
    return validate(mediaType === 'text/html' ? text : body) ? [] : [...(validate.errors ?? [])]
  }

  #headersOf(pointer: string): object {
    return (this.#find(`${pointer}/headers`)?.schema as object | undefined) ?? {}
  }

  #find(pointer: string): ValidateFunction | undefined {
    try {
      return this.#ajv.getSchema(pointer)
    } catch {
      return undefined
    }
  }
}

/** As a part of a JSON pointer (RFC 6901) in a URL. */
function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
}

/** A token that the service's own secret signs, whatever it says. */
export function signed(claims: object, header: object = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const content = `${part({ alg: 'HS256', typ: 'at+jwt', ...header })}.${part(claims)}`
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}
