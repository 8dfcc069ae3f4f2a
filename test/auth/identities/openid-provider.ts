import { generateKeyPairSync } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenidProvider from 'oidc-provider'

/** A person at a provider. */
export interface Account {
  readonly sub: string
  readonly email?: string
  readonly email_verified?: unknown
}

/** A real OpenID provider on this machine. Every visitor is `account`. */
export interface TestProvider {
  readonly issuer: string
  /** Who is logged in there. */
  account: Account
  /** Whether the person clicks `cancel` there. */
  denies: boolean
  /** When the person logged in there, in Unix seconds, if that was not just now. */
  loggedInAt: number | undefined
  /** Answers in its place. */
  instead: RequestListener | undefined
  /** Signs with other keys from now on, and publishes only these. */
  rotate(): void
  close(): Promise<void>
}

export const clientId = 'hallpass-test'
export const clientSecret = 'a-secret-of-the-client-that-is-long-enough'

/** @param client What else it knows of its client. */
export async function openProvider(redirectUris: readonly string[], client: object = {}): Promise<TestProvider> {
  let handler: RequestListener = (_request, response) => response.end()
  const server = createServer((request, response) => (provider.instead ?? handler)(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: TestProvider = {
    issuer,
    account: { sub: 'nobody' },
    denies: false,
    loggedInAt: undefined,
    instead: undefined,
    rotate() {
      handler = makeHandler(provider, redirectUris, client)
    },
    close: () => closeServer(server),
  }
  provider.rotate()
  return provider
}

export function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

let keys = 0

function makeHandler(own: TestProvider, redirectUris: readonly string[], more: object): RequestListener {
  const accounts = new Map<string, Account>()
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: `key-${keys++}`, use: 'sig', alg: 'RS256' }
  const provider = new OpenidProvider(own.issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [...redirectUris],
        token_endpoint_auth_method: 'client_secret_post',
        ...more,
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ['a key of the test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ ...(accounts.get(sub) ?? { sub }) }) }),
    async loadExistingGrant(context) {
      const { client, session } = context.oidc
      const grant = new provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' })
      grant.addOIDCScope('openid email')
      await grant.save()
      return grant
    },
  })
  const callback = provider.callback()
  return async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return callback(request, response)
    accounts.set(own.account.sub, own.account)
    const result = own.denies
      ? { error: 'access_denied', error_description: 'The user clicked cancel' }
      : { login: { accountId: own.account.sub, ...(own.loggedInAt !== undefined && { ts: own.loggedInAt }) } }
    await provider.interactionFinished(request, response, result)
  }
}

/** Follows a browser at a provider, until it is sent elsewhere. @returns Where to. */
export async function passProvider(begin: string, provider: Pick<TestProvider, 'issuer'>): Promise<string> {
  const jar = new Map<string, string>()
  for (let url = begin, hops = 0; hops < 10; hops++) {
    if (!url.startsWith(`${provider.issuer}/`)) return url
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`The provider answered ${response.status}: ${await response.text()}`)
    url = new URL(location, url).href
  }
  throw new Error('The provider sends the browser around in circles')
}
