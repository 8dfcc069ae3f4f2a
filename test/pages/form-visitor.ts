import type { Auth } from 'hallpass/auth'
import { type Shown, Visitor } from './visitor.ts'

/** A person who follows redirects, and sends the form of the page that is shown, as a browser without script would. */
export class FormVisitor {
  readonly #visitor: Visitor
  html = ''
  status = 0
  /** Path and query of what is shown. */
  path = ''

  constructor(auth: Auth) {
    this.#visitor = new Visitor(auth)
  }

  async open(path: string): Promise<this> {
    return this.#follow(path, await this.#visitor.open(path))
  }

  /** Sends the form, with what it has in its fields and what is typed into them. */
  async submit(
    typed: Readonly<Record<string, string>> = {},
    headers?: Readonly<Record<string, string>>,
  ): Promise<this> {
    const [, action = this.path] = /<form method="post" action="([^"]*)"/.exec(this.html) ?? []
    const path = unescaped(action)
    return this.#follow(path, await this.#visitor.send(path, { ...fieldsOf(this.html), ...typed }, headers))
  }

  /** What the page says is wrong. */
  get problem(): string {
    const [, text = ''] = /role="alert".*?<p>([^<]*)<\/p>/s.exec(this.html) ?? []
    return unescaped(text)
  }

  async #follow(path: string, { status, text, location }: Shown): Promise<this> {
    this.path = path
    this.status = status
    this.html = text
    return location?.startsWith('/') ? this.open(location) : this
  }
}

/** What the form of a page sends as it is. */
function fieldsOf(html: string): Record<string, string> {
  const [form = ''] = /<form method="post".*?<\/form>/s.exec(html) ?? []
  const inputs = [...form.matchAll(/<input [^>]*>/g)].map(([tag]) => tag)
  const attribute = (tag: string, name: string) => unescaped(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
  const sent = inputs.filter((tag) => !tag.includes('type="checkbox"') || / checked/.test(tag))
  return Object.fromEntries(sent.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')]))
}

function unescaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return text.replace(/&(#?\w+);/g, (whole, name: string) => entities[name] ?? whole)
}
