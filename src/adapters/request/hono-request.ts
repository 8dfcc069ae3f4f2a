import type { Context } from 'hono'
import type { RequestView } from '../../guard/request/request-view.ts'
import { hostOf, readFormField, readJson } from './bounded-body.ts'

/** Reads what the guard asks for, and no more: on `@hono/node-server` no `Headers` object is built for it. */
export class HonoRequestView implements RequestView {
  readonly #c: Context

  constructor(c: Context) {
    this.#c = c
  }

  get method(): string {
    return this.#c.req.method
  }

  header(name: string): string | undefined {
    return this.#c.req.header(name) ?? (name === 'host' ? hostOf(this.#c.req.url) : undefined)
  }

  query(name: string): string | undefined {
    return this.#c.req.query(name)
  }

  json(): Promise<unknown> {
    const { req } = this.#c
    return this.#isKept ? req.json().catch(() => undefined) : readJson(req.raw)
  }

  async formField(name: string): Promise<string | undefined> {
    const { req } = this.#c
    if (!this.#isKept) return readFormField(req.raw, name)
    const form = await req.parseBody({ all: true }).catch(() => ({}) as Record<string, unknown>)
    const fields = Object.hasOwn(form, name) ? [form[name]].flat() : []
    return typeof fields[0] === 'string' ? fields[0] : undefined
  }

  /** Another middleware has read the body: Hono has it in memory. */
  get #isKept(): boolean {
    return this.#c.req.raw.bodyUsed
  }
}
