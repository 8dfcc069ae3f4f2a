import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ensureDebianPackages } from '../debian.ts'
import { eventually, type Node, password, startNode } from '../nodes/node.ts'
import { createDatabase, freePort } from '../postgres.ts'
import { makeFolder } from '../server/process.ts'
import { documented } from './documented.ts'

const folder = makeFolder()
const page = '<h1>Only for you</h1>\n'

describe('nginx, as docs/services.md configures it', () => {
  let node: Node
  let app: Server
  let nginx: ChildProcess
  let url: string
  let log = ''
  /** What reached the application behind nginx. */
  const received: IncomingHttpHeaders[] = []

  beforeAll(async () => {
    await ensureDebianPackages(['nginx'], ['which', 'nginx'])
    node = await startNode(await createDatabase(inject('postgresUrl')), [], { HALLPASS_COOKIE_SECURE: 'false' })
    await node.send('/auth/register', { username: 'alice', password })
    app = createServer((request, response) => {
      received.push(request.headers)
      response.end('from the application')
    }).listen(0, '127.0.0.1')
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const locations = documented('nginx', '## A proxy that asks', {
      'http://127.0.0.1:3000': node.url,
      'http://app;': `http://127.0.0.1:${(app.address() as AddressInfo).port};`,
    })
    writeFileSync(join(folder.path, 'page.html'), page)
    writeFileSync(join(folder.path, 'nginx.conf'), configuration(port, locations))
    // Its workers are somebody else where this is root.
    chmodSync(folder.path, 0o755)
    nginx = spawn('nginx', ['-e', 'stderr', '-p', folder.path, '-c', join(folder.path, 'nginx.conf')])
    nginx.stderr?.on('data', (chunk) => {
      log += chunk
    })
    await eventually(5, () => fetch(url))
  })
  afterAll(async () => {
    if (nginx?.exitCode === null) {
      const ended = new Promise((resolve) => nginx.once('exit', resolve))
      nginx.kill('SIGTERM')
      await ended
    }
    app?.close()
    await node?.stop()
    folder.remove()
  })

  function configuration(port: number, locations: string): string {
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder.path}/${name};`)
      .join('\n')
    return `daemon off;
pid ${folder.path}/nginx.pid;
events {}
http {
  access_log off;
  ${temporary}
  server {
    listen 127.0.0.1:${port};
    location = /page.html {
      auth_request /_verify;
      root ${folder.path};
    }
    ${locations}
  }
}
`
  }

  async function ask(path: string, init: RequestInit = {}): Promise<[status: number, text: string]> {
    const response = await fetch(url + path, init)
    return [response.status, await response.text()]
  }

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

  it('shows a page to who is logged in, and to nobody else', async () => {
    const { access_token } = await node.login('alice')
    expect((await ask('/page.html'))[0], log).toBe(401)
    expect((await ask('/page.html', { headers: bearer('not a token') }))[0]).toBe(401)
    expect((await ask('/page.html', { headers: bearer(`${access_token}x`) }))[0]).toBe(401)
    expect(await ask('/page.html', { headers: bearer(access_token) })).toEqual([200, page])
    expect((await node.send('/auth/logout', {}, access_token)).status).toBe(204)
    expect((await ask('/page.html', { headers: bearer(access_token) }))[0]).toBe(401)
  })

  it('is told 401 for whatever a client may write there', async () => {
    for (const authorization of [
      'Bearer',
      'Bearer a b',
      'Bearer  x',
      'Basic eDp5',
      'Bearer ä',
      `Bearer ${'x'.repeat(7000)}`,
    ]) {
      expect((await ask('/page.html', { headers: { authorization } }))[0], authorization).toBe(401)
    }
  })

  it('tells the application who it is, whatever the client says', async () => {
    const { access_token } = await node.login('alice')
    const headers = { ...bearer(access_token), 'x-auth-user': 'somebody else', 'x-auth-roles': 'admin' }
    expect(await ask('/orders', { headers })).toEqual([200, 'from the application'])
    const { sub } = JSON.parse(Buffer.from(access_token.split('.')[1] as string, 'base64url').toString())
    expect(received.at(-1)).toMatchObject({ 'x-auth-user': sub })
    expect(received.at(-1)).not.toHaveProperty('x-auth-roles')
    received.length = 0
    expect((await ask('/orders', { headers: { 'x-auth-user': 'somebody else' } }))[0]).toBe(401)
    expect(received).toEqual([])
  })

  it('takes cookies, and from a page that changes something their CSRF value as well', async () => {
    const login = await fetch(`${node.url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'alice', password, cookies: true }),
    })
    const cookies = login.headers.getSetCookie().map((cookie) => cookie.split(';')[0] as string)
    expect(cookies.length).toBeGreaterThan(0)
    const cookie = cookies.join('; ')
    const csrf = cookies.find((one) => /^[^=]*csrf_access/.test(one))?.split('=')[1] as string
    expect(await ask('/orders', { headers: { cookie } })).toEqual([200, 'from the application'])
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect((await ask('/orders', { method, headers: { cookie } }))[0], method).toBe(403)
      expect((await ask('/orders', { method, headers: { cookie, 'x-csrf-token': csrf } }))[0], method).toBe(200)
      // Only nginx says what the method is.
      for (const lie of ['x-original-method', 'x-forwarded-method']) {
        expect((await ask('/orders', { method, headers: { cookie, [lie]: 'GET' } }))[0], `${method}, ${lie}`).toBe(403)
      }
    }
    expect((await ask('/orders', { headers: { 'x-forwarded-method': 'OPTIONS' } }))[0]).toBe(401)
  })
})
