import type { Auth } from 'hallpass/auth'

export const site = 'https://id.example'

/** A person with a browser that runs no scripts: it keeps cookies, follows redirects when asked, and says where forms come from. */
export class Visitor {
  readonly #auth: Auth
  readonly #cookies = new Map<string, string>()
  /** The user that the forms of the last page with one are about. */
  #user: string | undefined

  constructor(auth: Auth) {
    this.#auth = auth
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies
  }

  /** Takes what another browser has, or forgets something. */
  setCookie(name: string, value: string | undefined): void {
    if (value === undefined) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }

  open(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Shown> {
    return this.#send(new Request(site + path, { headers: { ...this.#headers(), ...headers } }))
  }

  /** Sends a form of the page, with what each form of an account says of its user. */
  async send(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = { 'sec-fetch-site': 'same-origin' },
  ): Promise<Shown> {
    const [, base] = /^(.*?)\/account/.exec(path) ?? []
    if (base !== undefined && this.#user === undefined) await this.open(`${base}/account/confirm`)
    const body = new URLSearchParams({ ...(base !== undefined && { user: this.#user ?? '' }), ...fields })
    return this.#send(new Request(site + path, { method: 'POST', body, headers: { ...this.#headers(), ...headers } }))
  }

  #headers(): Record<string, string> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return { accept: 'text/html', ...(cookie !== '' && { cookie }) }
  }

  async #send(request: Request): Promise<Shown> {
    const response = await this.#auth.handler(request, { address: '127.0.0.1' })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      this.setCookie(name, value === '' ? undefined : value)
    }
    const text = await response.text()
    this.#user = /name="user" value="([^"]*)"/.exec(text)?.[1] ?? this.#user
    return {
      status: response.status,
      headers: response.headers,
      text,
      location: response.headers.get('location') ?? undefined,
      title: /<h1>(.*?)<\/h1>/s.exec(text)?.[1],
    }
  }
}

/** What a browser was answered. */
export interface Shown {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly location: string | undefined
  /** The heading. */
  readonly title: string | undefined
}
