import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { createServer } from 'vite'
import { type Service, startService } from '../auth/service.ts'
import { freePort } from '../postgres.ts'
import { makeFolder } from '../server/process.ts'
import { pageScript } from './page-script.ts'

/** A developer's machine: the pages of Vite, and a service without TLS on another port. */
export interface Localhost {
  readonly service: Service
  /** Where the pages are; the service is also at `/auth` there, by Vite's proxy. */
  readonly page: string
  /** Where the service is. */
  readonly server: string
  close(): Promise<void>
}

/** As docs/browser.md says. @param listsPage Whether the service lists the origin of the page, as topology 2 requires. */
export async function openLocalhost(listsPage: boolean): Promise<Localhost> {
  const [pagePort, port] = [await freePort(), await freePort()]
  const page = `http://localhost:${pagePort}`
  const service = await startService('sqlite::memory:', { corsOrigins: listsPage ? [page] : [], cookieSecure: false })
  const server = serve({ fetch: service.auth.handler, hostname: '127.0.0.1', port }) as Server
  if (!server.listening) await once(server, 'listening')
  const folder = makeFolder()
  mkdirSync(join(folder.path, 'pages'))
  writeFileSync(join(folder.path, 'pages/index.html'), `<!doctype html><script>${pageScript}</script>`)
  const vite = await createServer({
    root: join(folder.path, 'pages'),
    cacheDir: join(folder.path, 'cache'),
    configFile: false,
    logLevel: 'error',
    server: { port: pagePort, strictPort: true, host: '127.0.0.1', proxy: { '/auth': `http://127.0.0.1:${port}` } },
  })
  await vite.listen()
  return {
    service,
    page,
    server: `http://localhost:${port}`,
    async close() {
      await vite.close()
      server.closeAllConnections()
      server.close()
      await service.auth.close()
      folder.remove()
    },
  }
}
