import type { Context } from 'hono'
import type { RequestView } from '../../guard/request/request-view.ts'
import { hostOf, readFormField, readJson } from './bounded-body.ts'

/** Reads only what the guard asks for. On `@hono/node-server`, this avoids building a `Headers` object. */
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

  /** Whether other middleware has read the body, which Hono then keeps in memory. */
  get #isKept(): boolean {
    return this.#c.req.raw.bodyUsed
  }
}
