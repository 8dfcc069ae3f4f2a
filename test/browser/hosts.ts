import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { serve } from '@hono/node-server'
import { build } from 'esbuild'
import type { AuthOptions } from 'hallpass/auth'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Service, startService } from '../auth/service.ts'
import { openWholeBrowser } from '../browser.ts'
import { ensureDebianPackages } from '../debian.ts'
import { makeFolder } from '../server/process.ts'
import { pageScript } from './page-script.ts'

/** Two hosts of one site, a neighbour on it, and two other sites. */
export const names = {
  app: 'app.example.test',
  id: 'id.example.test',
  neighbour: 'evil.example.test',
  other: 'other.test',
  hostile: 'hostile.test',
} as const

/** A service, and the hosts under their names, with TLS, as Chromium sees them. */
export interface Hosts {
  readonly service: Service
  readonly browser: Browser
  /** A browser without cookies. */
  newContext(): Promise<BrowserContext>
  open(context: BrowserContext, host: string): Promise<Page>
  close(): Promise<void>
}

export async function openHosts(options: Partial<AuthOptions>): Promise<Hosts> {
  const service = await startService('sqlite::memory:', { trustProxy: 1, ...options })
  const plain = serve({ fetch: service.auth.handler, hostname: '127.0.0.1', port: 0 }) as Server
  if (!plain.listening) await once(plain, 'listening')
  const { port } = plain.address() as AddressInfo
  const client = await bundleClient()
  const secured = createServer(await makeCertificate(), (incoming, outgoing) =>
    answer(incoming, outgoing, port, client),
  )
  // A connection that is closed while a request is on its way is no part of these tests.
  for (const server of [secured, plain]) server.keepAliveTimeout = 0
  await once(secured.listen(0, '127.0.0.1'), 'listening')
  const at = `127.0.0.1:${(secured.address() as AddressInfo).port}`
  // Every name leads here: no test leaves the machine. Programs on it keep their own address.
  const browser = await openWholeBrowser([`--host-resolver-rules=MAP * ${at}, EXCLUDE 127.0.0.1`])
  return {
    service,
    browser,
    newContext: () => browser.newContext({ ignoreHTTPSErrors: true }),
    async open(context, host) {
      const page = await context.newPage()
      await page.goto(`https://${host}/`)
      return page
    },
    async close() {
      await browser.close()
      for (const server of [secured, plain]) {
        server.closeAllConnections()
        server.close()
      }
      await service.auth.close()
    },
  }
}

/** The proxy in front: it ends TLS, passes on what is for the service, and has an empty page for the rest. */
function answer(incoming: IncomingMessage, outgoing: ServerResponse, port: number, client: string): void {
  const { url = '/', method, headers } = incoming
  const isForService = headers.host === names.id || (headers.host === names.app && url.startsWith('/auth/'))
  if (isForService) {
    const passed = { ...headers, 'x-forwarded-for': incoming.socket.remoteAddress }
    const onwards = forward({ host: '127.0.0.1', port, method, path: url, headers: passed }, (answered) => {
      outgoing.writeHead(answered.statusCode ?? 502, answered.rawHeaders)
      answered.pipe(outgoing)
    })
    onwards.on('error', () => outgoing.destroy())
    incoming.pipe(onwards)
    return
  }
  incoming.resume()
  const [type, content] =
    url === '/client.js' ? ['text/javascript', client] : ['text/html', `<!doctype html><script>${pageScript}</script>`]
  outgoing.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(content)
}

async function bundleClient(): Promise<string> {
  const entry = new URL('../../src/client/index.ts', import.meta.url).pathname
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false })
  return outputFiles[0]?.text ?? ''
}

async function makeCertificate(): Promise<{ readonly key: Buffer; readonly cert: Buffer }> {
  await ensureDebianPackages(['openssl'], ['openssl', 'version'])
  const folder = makeFolder()
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder.path, name)) as [string, string]
  const subject = ['-subj', '/CN=hallpass', '-addext', `subjectAltName=DNS:${Object.values(names).join(',DNS:')}`]
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await promisify(execFile)('openssl', ['req', '-x509', ...ec, '-keyout', key, '-out', cert, '-days', '2', ...subject])
  const made = { key: readFileSync(key), cert: readFileSync(cert) }
  folder.remove()
  return made
}
