import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeServer } from './openid-provider.ts'

/** A small OAuth 2.0 server, with an endpoint that says who the user is. */
export interface OauthServer {
  readonly issuer: string
  /** What that endpoint says. */
  user: unknown
  /** The forms that the token endpoint was sent. */
  readonly forms: URLSearchParams[]
  readonly options: {
    readonly preset: 'oauth'
    readonly clientId: string
    readonly clientSecret: string
    readonly authorizationUrl: string
    readonly tokenUrl: string
    readonly userUrl: string
  }
  close(): Promise<void>
}

export async function openOauthServer(): Promise<OauthServer> {
  const forms: URLSearchParams[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', issuer)
    if (url.pathname === '/authorize') {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '')
      back.searchParams.set('code', 'a-code')
      back.searchParams.set('state', url.searchParams.get('state') ?? '')
      response.writeHead(302, { location: back.href }).end()
      return
    }
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (url.pathname === '/token') forms.push(new URLSearchParams(Buffer.concat(chunks).toString()))
    const body = url.pathname === '/token' ? { access_token: 'at', token_type: 'bearer' } : own.user
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const own: OauthServer = {
    issuer,
    user: {},
    forms,
    options: {
      preset: 'oauth',
      clientId: 'plain',
      clientSecret: 'secret',
      authorizationUrl: `${issuer}/authorize`,
      tokenUrl: `${issuer}/token`,
      userUrl: `${issuer}/user`,
    },
    close: () => closeServer(server),
  }
  return own
}
