import { createServer } from 'node:http'
import { JwtManager } from 'hallpass'
import * as onHono from 'hallpass/hono'
import { Refusal, requestGuard } from 'hallpass/node'
import { testToken } from 'hallpass/testing'
import * as onWeb from 'hallpass/web'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, guarded, whenListening } from './apps.ts'
import { sendRaw } from './raw.ts'

// Express and Fastify are compared with Hono in adapters.test.ts, byte for byte.

const now = Math.floor(Date.now() / 1000)
const jwt = new JwtManager({ secret: 'a secret of more than thirty-two bytes', clock: () => now })
const asked = ['/factor', '/recent', '/factor-recently'] as const

const honoApp = new Hono()
for (const path of asked) {
  honoApp.get(path, onHono.jwtRequired(jwt, guarded[path]), (c) => c.text(c.var.jwt.identity))
}

function startNode(): Promise<App> {
  const guards = new Map(asked.map((path) => [path as string, requestGuard(jwt, guarded[path])]))
  const server = createServer(async (req, res) => {
    const known = await guards.get(req.url as string)?.(req)
    if (known instanceof Refusal) return known.send(res)
    res.end(known?.identity)
  })
  return whenListening(server.listen(0, '127.0.0.1'))
}

describe('a route that requires a second factor or a recent login', () => {
  let node: App
  beforeAll(async () => {
    node = await startNode()
  })
  afterAll(() => node?.close())

  type Ask = (path: (typeof asked)[number], headers: Record<string, string>) => Promise<Response>
  const adapters: Readonly<Record<string, Ask>> = {
    'hallpass/hono': async (path, headers) => honoApp.request(path, { headers }),
    'hallpass/node': async (path, headers) => {
      const answer = await sendRaw(node.port, { path, headers: Object.entries(headers) })
      return new Response(answer.body, { status: answer.status, headers: answer.headers as Record<string, string> })
    },
    'jwtRequired of hallpass/web': async (path, headers) => {
      const handle = onWeb.jwtRequired(jwt, guarded[path])((_request, context) => new Response(context.jwt.identity))
      return handle(new Request('https://app.example', { headers }))
    },
    'requestGuard of hallpass/web': async (path, headers) => {
      const known = await onWeb.requestGuard(jwt, guarded[path])(new Request('https://app.example', { headers }))
      return known instanceof Response ? known : new Response(known.identity)
    },
  }

  const bySecond = ['pwd', 'otp', 'mfa']
  const rows: [claims: object, refusedAt: readonly string[]][] = [
    [{}, asked],
    [{ amr: ['pwd'], auth_time: now }, ['/factor', '/factor-recently']],
    [{ amr: bySecond, auth_time: now - 301 }, ['/recent', '/factor-recently']],
    [{ amr: bySecond, auth_time: now - 300 }, []],
  ]
  const challenges = {
    '/factor': 'acr_values="aal2"',
    '/recent': 'max_age="300"',
    '/factor-recently': 'acr_values="aal2", max_age="300"',
  }

  it.each(Object.entries(adapters))('has the same answers by %s', async (_name, ask) => {
    for (const [claims, refusedAt] of rows) {
      const authorization = `Bearer ${testToken(jwt, { identity: 'alice', claims: { ...claims } })}`
      for (const path of asked) {
        const answer = await ask(path, { authorization })
        if (!refusedAt.includes(path)) {
          expect([answer.status, await answer.text()]).toEqual([200, 'alice'])
          continue
        }
        expect(answer.status).toBe(401)
        expect(await answer.json()).toMatchObject({ code: 'insufficient_user_authentication' })
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer error="insufficient_user_authentication", /)
        expect(answer.headers.get('www-authenticate')?.endsWith(`", ${challenges[path]}`)).toBe(true)
      }
    }
  })
})
