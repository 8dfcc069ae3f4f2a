import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { build } from 'esbuild'
import { createTestAuth, type TestAuth } from 'hallpass/testing'
import { makeFolder } from '../server/process.ts'

const root = new URL('../..', import.meta.url).pathname

/** The routes on a port, with a page that has the client, and a clock that a test sets. */
export interface PageServer {
  readonly url: string
  readonly auth: TestAuth
  /** How often a path was answered. */
  count(path: string): number
  /** Keeps the answers to a path until the returned function is called; `arrived` once the first is kept. */
  hold(path: string): { readonly arrived: Promise<void>; release(): void }
  /** What the other origin was sent in `Authorization`, by a redirect. */
  readonly leaked: (string | null)[]
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

/** The client as a bundler makes it, and the same with React. */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { resolveDir: root, contents },
    bundle: true,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

const clientScript = `
  import { createClient } from './src/client/index.ts'
  Object.assign(globalThis, { createClient })`
const reactScript = `
  import { createClient } from './src/client/index.ts'
  import { AuthProvider, useAuth, useSignedIn, useUser } from './src/client/react.ts'
  import { createElement as h, StrictMode } from 'react'
  import { createRoot, hydrateRoot } from 'react-dom/client'
  Object.assign(globalThis, {
    createClient, AuthProvider, useAuth, useSignedIn, useUser, h, StrictMode, createRoot, hydrateRoot,
  })`

export async function startPageServer(): Promise<PageServer> {
  const scripts = new Map([
    ['/client.js', await bundle(clientScript)],
    ['/react.js', await bundle(reactScript)],
  ])
  const folder = makeFolder()
  const secret = randomBytes(32).toString('base64url')
  const counts = new Map<string, number>()
  const held = new Map<string, { readonly arrived: () => void; readonly released: Promise<void> }>()
  const leaked: (string | null)[] = []
  const open = () => createTestAuth({ database: `sqlite:${join(folder.path, 'test.db')}`, secret })
  let auth = await open()
  const elsewhere = await listen((request) => {
    leaked.push(request.headers.get('authorization'))
    return new Response('elsewhere', { headers: { 'access-control-allow-origin': '*' } })
  })

  async function answer(request: Request, env: unknown): Promise<Response> {
    const { pathname } = new URL(request.url)
    const script = scripts.get(pathname)
    if (script !== undefined) return new Response(script, { headers: { 'content-type': 'text/javascript' } })
    if (pathname === '/') return pageWith('/client.js')
    if (pathname === '/react') return pageWith('/react.js')
    if (pathname === '/away') return Response.redirect(`http://127.0.0.1:${portOf(elsewhere)}/`, 302)
    if (pathname === '/api') {
      const response = await auth.handlerAt('/')(new Request(new URL('/me', request.url), request), env)
      return response
    }
    const response = await auth.handler(request, env)
    counts.set(pathname, (counts.get(pathname) ?? 0) + 1)
    const hold = held.get(pathname)
    hold?.arrived()
    await hold?.released
    return response
  }
  let server = await listen(answer)
  const port = portOf(server)

  return {
    url: `http://localhost:${port}`,
    get auth() {
      return auth
    },
    leaked,
    count: (path) => counts.get(path) ?? 0,
    hold(path) {
      const [arrival, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      held.set(path, { arrived: arrival.resolve, released: release.promise })
      return {
        arrived: arrival.promise,
        release() {
          held.delete(path)
          release.resolve()
        },
      }
    },
    async stop() {
      await closeServer(server)
      await auth.close()
    },
    async start() {
      const { now } = auth.clock
      auth = await open()
      auth.clock.now = now
      server = await listen(answer, port)
    },
    async close() {
      await Promise.all([closeServer(server), closeServer(elsewhere)])
      await auth.close()
      folder.remove()
    },
  }
}

function pageWith(script: string): Response {
  const text = `<!doctype html><title>Page</title><div id=root></div><script src=${script}></script>`
  return new Response(text, { headers: { 'content-type': 'text/html' } })
}

export async function listen(
  fetch: (request: Request, env: unknown) => Response | Promise<Response>,
  port = 0,
): Promise<Server> {
  const server = createAdaptorServer({ fetch }) as Server
  await new Promise<void>((resolve) => server.listen(port, resolve))
  return server
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
