import type { Auth } from 'hallpass/auth'

/** A browser without script: it follows redirects, keeps cookies, and sends the form of the page that it shows. */
export class Visitor {
  readonly #handler: Auth['handler']
  readonly #cookies = new Map<string, string>()
  /** What it shows. */
  html = ''
  status = 0
  /** Path and query of what it shows, or where it was led to. */
  path = ''

  constructor(handler: Auth['handler']) {
    this.#handler = handler
  }

  /** Opens a page. Where that leads to another site, it stays. */
  open(path: string, headers: Readonly<Record<string, string>> = {}): Promise<this> {
    return this.#visit('GET', path, headers)
  }

  /** Sends the form of the page, with what it has in its fields and what is typed into them. */
  async submit(
    typed: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = { 'sec-fetch-site': 'same-origin' },
  ): Promise<this> {
    const [, action = this.path] = /<form method="post" action="([^"]*)"/.exec(this.html) ?? []
    const body = new URLSearchParams({ ...fieldsOf(this.html), ...typed })
    return this.#visit('POST', unescaped(action), headers, body)
  }

  /** What the page says is wrong. */
  get problem(): string {
    const [, text = ''] = /role="alert".*?<p>([^<]*)<\/p>/s.exec(this.html) ?? []
    return unescaped(text)
  }

  async #visit(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: URLSearchParams,
  ): Promise<this> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const request = new Request(new URL(path, 'https://id.example'), {
      method,
      headers: { accept: 'text/html', host: 'id.example', ...(cookie !== '' && { cookie }), ...headers },
      ...(body !== undefined && { body }),
    })
    const response = await this.#handler(request, { incoming: { socket: { remoteAddress: '127.0.0.1' } } })
    this.path = path
    this.status = response.status
    this.html = await response.text()
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    const location = response.headers.get('location')
    return location?.startsWith('/') ? this.#visit('GET', location, {}) : this
  }

  #keep(line: string): void {
    const [name = '', value = ''] = line.slice(0, line.indexOf(';')).split(/=(.*)/)
    if (value === '') this.#cookies.delete(name)
    else this.#cookies.set(name, value)
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
