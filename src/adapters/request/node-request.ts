import type { IncomingMessage } from 'node:http'
import type { RequestView } from '../../guard/request/request-view.ts'
import { hasTooManyFields } from './bounded-body.ts'
import { linesOf } from './made-request.ts'
import { queryParameter } from './query.ts'

/** What the guard reads of a request of `node:http`, as Express and Fastify hand it on. */
export abstract class NodeRequestView implements RequestView {
  readonly #incoming: IncomingMessage

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming
  }

  get method(): string {
    return this.#incoming.method ?? 'GET'
  }

  /** As the application has it by now: what it took away, or put in, counts. */
  header(name: string): string | undefined {
    const { headers, rawHeaders } = this.#incoming
    // HTTP/2 has another name for it.
    const value = headers[name] ?? (name === 'host' ? headers[':authority'] : undefined)
    if (Array.isArray(value)) return value.join(name === 'cookie' ? '; ' : ', ')
    // Of a request that was made and not parsed, some are numbers, and there may be no lines.
    if (typeof value !== 'string') return value === undefined ? undefined : String(value)
    // Of some headers Node keeps the first line and drops the others: a second credential must not go unseen.
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
    const isText = typeof parsed === 'string' || Buffer.isBuffer(parsed)
    if (isText && hasTooManyFields(Buffer.from(parsed))) return undefined
    const body = isText ? Object.fromEntries(new URLSearchParams(parsed.toString())) : parsed
    if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined
    const [field] = [(body as Record<string, unknown>)[name]].flat()
    return typeof field === 'string' ? field : undefined
  }

  /** The body as the framework has it, parsed now where it was not yet. The route still finds it where it looks. */
  protected abstract parsedBody(kind: 'json' | 'form'): Promise<unknown>
}
