import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { type Auth, createAuth } from 'hallpass/auth'
import { afterEach, describe, expect, it } from 'vitest'
import { mountListener } from '../../src/adapters/mount.ts'
import { databases } from '../databases.ts'
import { startNode } from '../nodes/node.ts'

const password = 'a password of some length'
const secret = 'n0t-a-r3al-secret-but-long-enough-to-be-one'
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** Sends a request and resets the connection at once (RST, as with SO_LINGER 0), without waiting for the answer. */
async function sendAndReset(url: string, path: string, body: object): Promise<void> {
  const { hostname, port } = new URL(url)
  const text = JSON.stringify(body)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => {})
  await once(socket, 'connect')
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n`
  await new Promise((resolve) => socket.write(head + text, resolve))
  socket.resetAndDestroy()
}

async function post(url: string, path: string, body: object): Promise<string> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return `${response.status} ${((await response.json()) as { code?: string }).code ?? ''}`
}

async function attack(url: string, path: string, bodies: readonly object[]): Promise<void> {
  for (let i = 0; i < bodies.length; i += 20) {
    await Promise.all(bodies.slice(i, i + 20).map((body) => sendAndReset(url, path, body)))
  }
}

/** Waits until a count has stopped growing. */
async function settled(count: () => Promise<number>): Promise<number> {
  for (let before = -1, last = await count(); ; before = last, last = await count()) {
    if (before === last) return last
    await sleep(500)
  }
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.each(databases)('connections that are reset after the body, on $name', ({ open }) => {
  const servers: [how: string, make: (auth: Auth) => Server][] = [
    ['a mount on node:http', (auth) => createServer(mountListener(auth, '/auth'))],
    ["a server of the application's own", (auth) => createAdaptorServer({ fetch: auth.handler }) as Server],
  ]
  it.each(servers)('create no more accounts than other clients can, on %s', async (_how, make) => {
    const database = await open()
    closing.push(database.drop)
    const auth = await createAuth({
      database: database.url,
      secret,
      passwords: { memoryKiB: 64, passes: 1 },
      limits: { registrationsPerAddress: 5 },
      onError: () => {},
    })
    closing.push(() => auth.close())
    const url = await listening(make(auth))
    await attack(
      url,
      '/auth/register',
      Array.from({ length: 320 }, (_, i) => ({ username: `user ${i}`, password })),
    )
    const count = async () => (await auth.users.list({ limit: 1000 })).length
    expect(await settled(count)).toBeLessThanOrEqual(5)
  })

  it('count as wrong passwords like any other, with hallpass serve', async () => {
    const database = await open()
    closing.push(database.drop)
    const node = await startNode(database.url, [], { HALLPASS_ATTEMPTS_PER_ADDRESS: '20' })
    closing.push(() => node.stop())
    await attack(
      node.url,
      '/auth/login',
      Array.from({ length: 100 }, (_, i) => ({ username: `name ${i}`, password })),
    )
    await expect
      .poll(() => post(node.url, '/auth/login', { username: 'another', password }), { timeout: 600_000, interval: 500 })
      .toBe('429 rate_limited')
  })
})
