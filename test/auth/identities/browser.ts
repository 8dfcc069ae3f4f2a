import { type Call, type Reply, refusal, type Service } from '../service.ts'
import { passProvider, type TestProvider } from './openid-provider.ts'

/** A browser in front of a service, which keeps its cookies. */
export interface Browser {
  /** Another node of the same site answers from now on. */
  service: Service
  readonly cookies: Map<string, string>
  send(method: string, path: string, call?: Call): Promise<Reply>
  /** Begins to sign in. @returns Where the provider sends the browser back to. */
  goTo(name: string, provider: Pick<TestProvider, 'issuer'>, query?: string): Promise<string>
  /** Opens an address of the service. */
  open(address: string): Promise<Reply>
  /** All of it. @returns What the callback answered. */
  signIn(name: string, provider: Pick<TestProvider, 'issuer'>, query?: string): Promise<Reply>
  /** What `POST /oauth/outcome` says. */
  outcome(): Promise<string>
  /** The username that the browser is signed in as. */
  me(): Promise<Record<string, unknown>>
}

export function openBrowser(first: Service): Browser {
  const cookies = new Map<string, string>()
  const browser: Browser = {
    service: first,
    cookies,
    async send(method, path, { headers, ...call } = {}) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const csrf = cookies.get('__Host-csrf_access_token')
      const reply = await browser.service.call(method, path, {
        ...call,
        headers: { ...(cookie && { cookie }), ...(csrf && { 'x-csrf-token': csrf }), ...headers },
      })
      for (const line of reply.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '') cookies.delete(name)
        else cookies.set(name, value)
      }
      return reply
    },
    async goTo(name, provider, query = '') {
      const { headers } = await browser.send('GET', `/auth/oauth/${name}${query}`)
      return passProvider(headers.get('location') ?? '', provider)
    },
    open(address) {
      const { pathname, search } = new URL(address)
      return browser.send('GET', pathname + search)
    },
    async signIn(name, provider, query) {
      return browser.open(await browser.goTo(name, provider, query))
    },
    async outcome() {
      const reply = await browser.send('POST', '/auth/oauth/outcome')
      return reply.status === 204 ? '204' : refusal(reply)
    },
    async me() {
      return (await browser.send('GET', '/auth/me')).body
    },
  }
  return browser
}
