import type { IncomingMessage } from 'node:http'
import type { RequestView } from '../../guard/request/request-view.ts'
import { hasTooManyFields } from './bounded-body.ts'
import { linesOf } from './made-request.ts'
import { queryParameter } from './query.ts'

/** The guard's view of a `node:http` request, as Express and Fastify pass it on. */
export abstract class NodeRequestView implements RequestView {
  readonly #incoming: IncomingMessage

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming
  }

  get method(): string {
    return this.#incoming.method ?? 'GET'
  }

  /** The current value of a header, including changes that the application made. */
  header(name: string): string | undefined {
    const { headers, rawHeaders } = this.#incoming
    // HTTP/2 has another name for `host`.
    const value = headers[name] ?? (name === 'host' ? headers[':authority'] : undefined)
    if (Array.isArray(value)) return value.join(name === 'cookie' ? '; ' : ', ')
    // In a request that Node did not parse, some values are numbers, and there may be no raw lines.
    if (typeof value !== 'string') return value === undefined ? undefined : String(value)
    // For some headers Node keeps only the first line. A second credential must not go unnoticed.
    const lines = linesOf(rawHeaders, name)
    return lines.length > 1 && lines[0] === value ? lines.join(name === 'cookie' ? '; ' : ', ') : value
  }

  query(name: string): string | undefined {
    return queryParameter(this.#incoming.url ?? '', name)
  }

  async json(): Promise<unknown> {
    const body = await this.parsedBody('json')
    if (typeof body !== 'string' && !Buffer.isBuffer(body)) return body
    try {
      return JSON.parse(body.toString())
    } catch {
      return undefined
    }
  }

  async formField(name: string): Promise<string | undefined> {
    const parsed = await this.parsedBody('form')
    if (typeof parsed === 'string' || Buffer.isBuffer(parsed)) {
      if (hasTooManyFields(Buffer.from(parsed))) return undefined
      return new URLSearchParams(parsed.toString()).get(name) ?? undefined
    }
    if (typeof parsed !== 'object' || parsed === null || !Object.hasOwn(parsed, name)) return undefined
    const [field] = [(parsed as Record<string, unknown>)[name]].flat()
    return typeof field === 'string' ? field : undefined
  }

  /** The body as the framework parses it, now if necessary. The route still finds it in its usual place. */
  protected abstract parsedBody(kind: 'json' | 'form'): Promise<unknown>
}
