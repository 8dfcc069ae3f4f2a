import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../nodes/node.ts'
import { makeFolder, serve, type TestServer } from './process.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(args: readonly string[] = []): Promise<TestServer> {
  const folder = makeFolder()
  cleanups.push(folder.remove)
  const server = await serve(args, { cwd: folder.path })
  cleanups.push(async () => {
    server.child.kill('SIGKILL')
    await server.finished
  })
  return server
}

/** Sends bytes as they are. @returns What was received until the connection closed. */
async function raw(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname, () => socket.write(request))
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk
  })
  await once(socket, 'close')
  return received
}

/** Sends a request on a connection of its own, or on one of an agent. */
function statusOf(url: string, agent: Agent | false = false): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = agent === false ? { connection: 'close' } : {}
    get(url, { agent, headers }, (response) => response.resume().on('end', () => resolve(response.statusCode))).on(
      'error',
      reject,
    )
  })
}

describe('a load balancer', () => {
  it('may send HTTP/1.0 without a Host, keeps connections open, and may send only one Host', async () => {
    const { url } = await start()
    const close = 'Connection: close\r\n\r\n'
    const body = '{"username":"alice","password":"a wrong one","cookies":true}'
    const login = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const requests: [request: string, says: RegExp][] = [
      ['GET /healthz HTTP/1.0\r\n\r\n', /^HTTP\/1.1 200 .*"ok"/s],
      ['GET /readyz HTTP/1.0\r\n\r\n', /^HTTP\/1.1 200 /],
      ['HEAD /readyz HTTP/1.0\r\n\r\n', /^HTTP\/1.1 200 /],
      [`GET /readyz HTTP/1.1\r\nHost:\r\n${close}`, /^HTTP\/1.1 200 /],
      ['GET /auth/me HTTP/1.0\r\n\r\n', /^HTTP\/1.1 401 .*token_missing/s],
      // A request without a Host header cannot come from one of our own pages.
      [
        `POST /auth/login HTTP/1.0\r\nOrigin: http://unknown.invalid\r\n${login}`,
        /^HTTP\/1.1 403 .*cross_site_refused/s,
      ],
      [`GET /healthz HTTP/1.1\r\n${close}`, /^HTTP\/1.1 400 /],
      [`GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n${close}`, /^HTTP\/1.1 400 .*host_invalid/s],
      [`GET /auth/me HTTP/1.1\r\nHost: a\r\nX: y\r\nhOST: a\r\n${close}`, /^HTTP\/1.1 400 .*host_invalid/s],
      ['GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n', /^HTTP\/1.1 400 .*host_invalid/s],
    ]
    const answers = await Promise.all(requests.map(([request]) => raw(url, request)))
    expect(answers).toEqual(requests.map(([, says]) => expect.stringMatching(says)))
    expect((await fetch(`${url}/healthz`)).headers.get('keep-alive')).toBe('timeout=80')
  })

  it.each([['1'], ['2']])('is told to use other nodes before the port is closed, with %s workers', async (workers) => {
    const server = await start(['--workers', workers, '--shutdown-delay-seconds', '600', '--keep-alive-seconds', '620'])
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    cleanups.push(() => agent.destroy())
    expect(await statusOf(`${server.url}/readyz`, agent)).toBe(200)
    const [kept] = Object.values(agent.freeSockets)[0] as [Socket]
    server.child.kill('SIGTERM')
    await eventually(async () => {
      for (let i = 0; i < 4; i++) expect(await statusOf(`${server.url}/readyz`)).toBe(503)
    })
    for (let i = 0; i < 8; i++) {
      expect(await statusOf(`${server.url}/healthz`)).toBe(200)
      expect(await statusOf(`${server.url}/auth/me`)).toBe(401)
    }
    // A request on a kept connection is also answered, and the connection is then closed.
    const closed = once(kept, 'close')
    expect(await statusOf(`${server.url}/auth/me`, agent)).toBe(401)
    await closed
    // A second signal ends the wait.
    server.child.kill('SIGTERM')
    expect((await server.finished).exitCode).toBe(143)
  })

  it('gets answers on connections that the system accepted before the port is closed', async () => {
    const server = await start()
    const { hostname, port } = new URL(server.url)
    server.child.kill('SIGSTOP')
    const sockets = Array.from({ length: 8 }, () => connect(Number(port), hostname))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    for (const socket of sockets) socket.write('GET /auth/me HTTP/1.0\r\n\r\n')
    server.child.kill('SIGTERM')
    server.child.kill('SIGCONT')
    const answers = await Promise.all(sockets.map((socket) => text(socket)))
    expect(answers).toEqual(Array(8).fill(expect.stringContaining('401 Unauthorized')))
    expect((await server.finished).exitCode).toBe(0)
  })

  it('has its idle connections closed after the delay, without further waiting', async () => {
    const server = await start(['--shutdown-delay-seconds', '1'])
    const agent = new Agent({ keepAlive: true })
    cleanups.push(() => agent.destroy())
    expect(await statusOf(`${server.url}/readyz`, agent)).toBe(200)
    server.child.kill('SIGTERM')
    expect((await server.finished).exitCode).toBe(0)
    await expect(statusOf(`${server.url}/readyz`)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
