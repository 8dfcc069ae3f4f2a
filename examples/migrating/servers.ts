import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Express } from 'express'
import type { FastifyInstance } from 'fastify'
import type { Hono } from 'hono'
import { afterAll } from 'vitest'

/** What the old and the new program share. */
export const secret: string = randomBytes(32).toString('base64url')
export const password = 'wonderland at tea time'

const running: (() => unknown)[] = []
afterAll(async () => {
  for (const close of running.splice(0)) await close()
})

// biome-ignore lint/suspicious/noExplicitAny: its variables may be anything
export type App = Express | FastifyInstance | Hono<any>

/** Runs an application until the test file ends. @returns Its address. */
export async function listen(app: App, port = 0): Promise<string> {
  if ('inject' in app) {
    await app.listen({ port, host: '127.0.0.1' })
    running.push(() => app.close())
    return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  }
  const server =
    'fetch' in app
      ? (serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }) as Server)
      : (app as Express).listen(port, '127.0.0.1')
  if (!server.listening) await once(server, 'listening')
  running.push(
    () => server.closeAllConnections(),
    () => server.close(),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export function postJson(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const type = { 'content-type': 'application/json', ...headers }
  return fetch(url, { method: 'POST', headers: type, body: JSON.stringify(body), redirect: 'manual' })
}

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` })
/** The cookies of an answer, as a browser sends them back. */
export const cookieHeader = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
