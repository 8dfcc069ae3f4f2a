import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import express5 from 'express'
import fastify from 'fastify'
import type { GuardOptions, JwtManager } from 'hallpass'
import type { Auth } from 'hallpass/auth'
import * as onExpress from 'hallpass/express'
import * as onFastify from 'hallpass/fastify'
import * as onHono from 'hallpass/hono'
import * as onWeb from 'hallpass/web'
import { type Context, Hono } from 'hono'

// Express 4 has no types of its own, and those of Express 5 are close enough.
const express4: typeof express5 = createRequire(import.meta.url)('express4')

/** A running application. */
export interface App {
  readonly port: number
  close(): Promise<void>
}

/** The guarded routes. Each answers every method with the user of the request. */
export const guarded: Readonly<Record<string, GuardOptions>> = {
  '/guarded': {},
  '/optional': { optional: true },
  '/fresh': { fresh: true },
  '/refresh': { refresh: true },
  '/any': { verifyType: false },
  '/headers': { locations: 'headers' },
  '/cookies': { locations: 'cookies' },
  '/query': { locations: 'query_string' },
  '/json': { locations: 'json' },
  '/all': { locations: ['cookies', 'headers', 'query_string', 'json'] },
  '/role': { roles: 'admin' },
  '/roles': { roles: ['admin', 'editor'] },
  '/scope': { scopes: ['orders:read', 'orders:write'] },
  '/factor': { mfa: true },
  '/recent': { maxAgeSeconds: 300 },
  '/factor-recently': { mfa: true, maxAgeSeconds: 300 },
  '/unrevoked': { skipRevocationCheck: true },
}

/** The answer of a route, the same text in each framework. */
function tell(jwt: { identity: string; location: string } | undefined, body?: unknown): string {
  return JSON.stringify({ identity: jwt?.identity ?? null, location: jwt?.location ?? null, ...(body as object) })
}

export interface Parts {
  readonly jwt: JwtManager
  readonly auth: Auth
  /** A token for `/set`, and for `/set-refresh`. */
  readonly tokens: () => { readonly access: string; readonly refresh: string }
}

export type Start = (parts: Parts) => Promise<App>

/** Each framework, with each way to use a body parser. */
export const frameworks: Readonly<Record<string, Start>> = {
  Hono: startHono,
  'Express 5': (parts) => startExpress(express5, parts, 'none'),
  'Express 5, parsers before': (parts) => startExpress(express5, parts, 'before'),
  'Express 5, parsers behind': (parts) => startExpress(express5, parts, 'behind'),
  'Express 4': (parts) => startExpress(express4, parts, 'none'),
  'Express 4, parsers before': (parts) => startExpress(express4, parts, 'before'),
  'Express 4, parsers behind': (parts) => startExpress(express4, parts, 'behind'),
  Fastify: startFastify,
  'Request and Response': startWeb,
}

export async function startHono({ jwt, auth, tokens }: Parts): Promise<App> {
  const app = new Hono()
  for (const [path, options] of Object.entries(guarded)) {
    app.all(path, onHono.jwtRequired(jwt, options), (c) => c.body(tell(c.var.jwt)))
  }
  app.post('/body', onHono.jwtRequired(jwt, guarded['/json']), async (c) => c.body(tell(c.var.jwt, await c.req.json())))
  app.post('/form', onHono.jwtRequired(jwt, guarded['/cookies']), async (c) =>
    c.body(tell(c.var.jwt, await c.req.parseBody())),
  )
  const set = (c: Context) => {
    onHono.setAccessCookies(c, jwt, tokens().access)
    onHono.setRefreshCookies(c, jwt, tokens().refresh)
    return c.body('set')
  }
  app.get('/set', set)
  app.get('/unset', (c) => {
    onHono.unsetJwtCookies(c, jwt)
    return c.body('unset')
  })
  app.get('/decode', (c) => c.body(jwt.getJti('a.b.c')))
  app.onError(onHono.handleTokenErrors(jwt))
  app.route('/auth', auth.routes)
  return serveFetch((request, env) => app.fetch(request, env as object))
}

async function startExpress(
  express: typeof express5,
  parts: Parts,
  parsers: 'none' | 'before' | 'behind',
): Promise<App> {
  const { jwt, auth, tokens } = parts
  const app = express()
  app.disable('etag')
  const limit = '1mb'
  const parse = [
    express.json({ limit, type: ['json', '+json'] }),
    express.urlencoded({ extended: false, limit, parameterLimit: 10_000 }),
  ]
  if (parsers === 'before') app.use(parse)
  const behind = parsers === 'behind' ? parse : []
  for (const [path, options] of Object.entries(guarded)) {
    app.all(path, onExpress.jwtRequired(jwt, options), ...behind, (req, res) => {
      res.end(tell(req.jwt))
    })
  }
  for (const [path, options] of [['/body', '/json'] as const, ['/form', '/cookies'] as const]) {
    app.post(path, onExpress.jwtRequired(jwt, guarded[options]), ...(parsers === 'before' ? [] : parse), (req, res) => {
      res.end(tell(req.jwt, req.body))
    })
  }
  app.get('/set', (_req, res) => {
    onExpress.setAccessCookies(res, jwt, tokens().access)
    onExpress.setRefreshCookies(res, jwt, tokens().refresh)
    res.end('set')
  })
  app.get('/unset', (_req, res) => {
    onExpress.unsetJwtCookies(res, jwt)
    res.end('unset')
  })
  app.get('/decode', (_req, res) => {
    res.end(jwt.decodeToken('a.b.c').jti)
  })
  app.use('/auth', onExpress.authRoutes(auth))
  app.use(onExpress.handleTokenErrors(jwt))
  const server = app.listen(0, '127.0.0.1')
  return whenListening(server)
}

async function startFastify({ jwt, auth, tokens }: Parts): Promise<App> {
  const app = fastify()
  await app.register(onFastify.hallpass, { jwt })
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, done) =>
    done(null, Object.fromEntries(new URLSearchParams(text as string))),
  )
  app.addContentTypeParser(
    /^application\/.+\+json/,
    { parseAs: 'string' },
    app.getDefaultJsonParser('ignore', 'ignore'),
  )
  for (const [path, options] of Object.entries(guarded)) {
    app.all(path, { preValidation: app.jwtRequired(options) }, async (request) => tell(request.jwt))
  }
  for (const [path, options] of [['/body', '/json'] as const, ['/form', '/cookies'] as const]) {
    app.post(path, { preValidation: app.jwtRequired(guarded[options]) }, async (request) =>
      tell(request.jwt, request.body),
    )
  }
  app.get('/set', async (_request, reply) => {
    onFastify.setAccessCookies(reply, jwt, tokens().access)
    onFastify.setRefreshCookies(reply, jwt, tokens().refresh)
    return 'set'
  })
  app.get('/unset', async (_request, reply) => {
    onFastify.unsetJwtCookies(reply, jwt)
    return 'unset'
  })
  app.get('/decode', async () => jwt.decodeToken('a.b.c').jti)
  app.setErrorHandler(onFastify.handleTokenErrors(jwt))
  await app.register(onFastify.authRoutes, { auth, prefix: '/auth' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
}

/** A server that has only functions from `Request` to `Response`. */
async function startWeb({ jwt, auth, tokens }: Parts): Promise<App> {
  const routes = new Map<string, (request: Request) => Promise<Response> | Response>()
  for (const [path, options] of Object.entries(guarded)) {
    routes.set(
      path,
      onWeb.jwtRequired(jwt, options)((_request, context) => new Response(tell(context.jwt))),
    )
  }
  routes.set(
    '/body',
    onWeb.jwtRequired(
      jwt,
      guarded['/json'],
    )(async (request, context) => new Response(tell(context.jwt, await request.json()))),
  )
  routes.set(
    '/form',
    onWeb.jwtRequired(
      jwt,
      guarded['/cookies'],
    )(async (request, context) => new Response(tell(context.jwt, Object.fromEntries(await request.formData())))),
  )
  routes.set('/set', () => {
    const response = new Response('set')
    onWeb.setAccessCookies(response, jwt, tokens().access)
    onWeb.setRefreshCookies(response.headers, jwt, tokens().refresh)
    return response
  })
  routes.set('/unset', () => {
    const response = new Response('unset')
    onWeb.unsetJwtCookies(response, jwt)
    return response
  })
  routes.set('/decode', () => {
    try {
      return new Response(jwt.decodeToken('a.b.c').jti)
    } catch (error) {
      return onWeb.tokenErrorResponse(jwt, error)
    }
  })
  const handleAuth = auth.handlerAt('/auth')
  return serveFetch((request, env) => {
    // Clients send hosts that no URL can have.
    const pathname = URL.parse(request.url)?.pathname ?? request.url.replace(/^\w+:\/\/[^/]*|[?#].*$/g, '')
    if (pathname.startsWith('/auth/')) return handleAuth(request, env)
    return routes.get(pathname)?.(request) ?? new Response('Not Found', { status: 404 })
  })
}

async function serveFetch(fetch: (request: Request, env: unknown) => Response | Promise<Response>): Promise<App> {
  const options = { fetch, port: 0, hostname: '127.0.0.1', serverOptions: { requireHostHeader: true } }
  return whenListening(serve(options) as Server)
}

export function whenListening(server: Server): Promise<App> {
  return new Promise((resolve) => {
    const ready = () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        async close() {
          server.closeAllConnections()
          await new Promise((closed) => server.close(closed))
        },
      })
    if (server.listening) ready()
    else server.once('listening', ready)
  })
}
