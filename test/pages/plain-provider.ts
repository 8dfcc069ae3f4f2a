import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ProviderOptions } from '../../src/accounts/identities/options.ts'

/** A plain OAuth 2.0 server on this machine, at which a test is signed in to the account that it names. */
export interface PlainProvider {
  readonly url: string
  account: Readonly<Record<string, unknown>>
  /** The options of a service that knows it. */
  readonly options: ProviderOptions
  close(): void
}

export async function startPlainProvider(): Promise<PlainProvider> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    const isToken = request.url === '/token'
    response.end(JSON.stringify(isToken ? { access_token: 'x', token_type: 'bearer' } : provider.account))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: PlainProvider = {
    url,
    account: {},
    options: {
      preset: 'oauth',
      clientId: 'hallpass',
      clientSecret: 'secret',
      title: 'Example <&>',
      issuer: url,
      authorizationUrl: `${url}/authorize`,
      tokenUrl: `${url}/token`,
      userUrl: `${url}/user`,
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return provider
}
