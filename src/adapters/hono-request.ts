import type { Context } from 'hono'
import type { RequestView } from '../guard/request-view.ts'

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
    return this.#c.req.header(name)
  }

  query(name: string): string | undefined {
    return this.#c.req.query(name)
  }

  json(): Promise<unknown> {
    return this.#c.req.json().catch(() => undefined)
  }

  async formField(name: string): Promise<string | undefined> {
    const form = await this.#c.req.parseBody({ all: true }).catch(() => ({}) as Record<string, unknown>)
    const fields = Object.hasOwn(form, name) ? [form[name]].flat() : []
    return typeof fields[0] === 'string' ? fields[0] : undefined
  }
}
