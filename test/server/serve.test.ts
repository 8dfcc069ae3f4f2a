import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { Agent, type RequestOptions, request } from 'node:http'
import { connect, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { settings } from '../../src/server/config/settings.ts'
import { hallpass } from '../cli/hallpass.ts'
import { ensureDebianPackages } from '../debian.ts'
import { eventually } from '../nodes/node.ts'
import { bundledMain, makeFolder, post, runHallpass, serve, type TestServer } from './process.ts'

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))
const secret = 'n0t-a-r3al-secret-but-long-enough-to-be-one'
const alice = { username: 'alice', password: 'wonderland at tea time' }

describe('hallpass serve', () => {
  let folder: ReturnType<typeof makeFolder>
  let server: TestServer
  beforeAll(async () => {
    folder = makeFolder()
    server = await serve([], { cwd: folder.path })
  })
  afterAll(async () => {
    // Other tests show how it stops. Here it would wait for the connections that are still open.
    server.child.kill('SIGKILL')
    await server.finished
    folder.remove()
  })

  it('creates a database and a secret that no other user can read, at its first start in an empty folder', () => {
    for (const name of ['hallpass.db', 'hallpass.secret']) {
      expect(statSync(join(folder.path, name)).mode & 0o777).toBe(0o600)
    }
    expect(readFileSync(join(folder.path, 'hallpass.secret'), 'utf8')).toMatch(/^[\w-]{43}\n$/)
  })

  it('prints its address and three lines that work when they are pasted', async () => {
    const stderr = await vi.waitUntil(() => server.output.stderr.includes('/docs') && server.output.stderr, {
      timeout: 600_000,
    })
    expect(stderr).toContain(server.url)
    const site = server.url.replace('127.0.0.1', 'localhost')
    expect(stderr).toMatch(new RegExp(`Open ${site}/?\\S* to create an account`))
    const lines = stderr.split('\n').filter((line) => /^ {2}(?:curl|TOKEN=)/.test(line))
    expect(lines).toHaveLength(3)
    await ensureDebianPackages(['curl'], ['curl', '--version'])
    const quiet = lines.map((line) => line.replace('curl http', 'curl -s http')).join('\n')
    const printed = execFileSync('sh', ['-c', quiet], { encoding: 'utf8' })
    expect(printed.match(/"username":"alice"/g)).toHaveLength(2)
  })

  it('answers health, readiness and metrics', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const response = await fetch(server.url + path)
      expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }])
    }
    await post(`${server.url}/auth/login`, { ...alice, password: 'a wrong password' })
    await fetch(`${server.url}/no/such/path?password=hunter2`)
    expect((await fetch(`${server.url}/sign-in`)).status).toBe(200)
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toContain('hallpass_logins_total{outcome="failed"} 1')
    expect(metrics).toContain('hallpass_requests_total{method="GET",route="other",status="404"} 1')
    expect(metrics).toContain('hallpass_requests_total{method="GET",route="/sign-in",status="200"} 1')
    expect(metrics).toContain('hallpass_password_hashes{state="waiting"} 0')
    expect(metrics).toMatch(/nodejs_eventloop_lag_seconds \d/)
  })

  it('keeps the number of labels small, whatever is requested', async () => {
    for (let i = 0; i < 50; i++) await fetch(`${server.url}/auth/sessions/${i}/${i}`, { method: 'GET' })
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    const routes = new Set(
      [...metrics.matchAll(/^hallpass_requests_total\{.*route="([^"]*)"/gm)].map(([, route]) => route),
    )
    expect(routes.size).toBeLessThan(12)
  })

  it('gives every answer an id, and accepts none from a client', async () => {
    const response = await fetch(`${server.url}/auth/me`, { headers: { 'x-request-id': 'chosen-by-me' } })
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(server.output.stdout).not.toContain('chosen-by-me')
  })

  it('writes no secret into its log, wherever a client puts it', async () => {
    const bob = { username: 'bob', password: 'bobs-quite-secret-password' }
    await post(`${server.url}/auth/register`, bob)
    const { body } = await post(`${server.url}/auth/login`, bob)
    const cookies = (await post(`${server.url}/auth/login`, { ...bob, cookies: true })).headers.getSetCookie()
    const secrets = [
      body.access_token,
      body.refresh_token,
      bob.password,
      ...cookies.map((line) => line.split(/[=;]/)[1]),
    ]
    for (const text of secrets) {
      await fetch(`${server.url}/auth/me?token=${text}`, { headers: { authorization: `Bearer ${text}` } })
      await fetch(`${server.url}/auth/me`, { headers: { cookie: `__Host-access_token=${text}` } })
      await post(`${server.url}/auth/refresh`, { refresh_token: text })
      await post(`${server.url}/auth/login`, { username: 'bob', password: text })
      await post(`${server.url}/auth/login`, { username: text, password: text })
      if (text.length >= 40) await fetch(`${server.url}/auth/sessions/${text}`)
    }
    await sleep(50)
    const log = server.output.stdout + server.output.stderr
    const kept = readFileSync(join(folder.path, 'hallpass.secret'), 'utf8').trim()
    for (const text of [...secrets, kept, '$argon2id$']) expect(log).not.toContain(text)
    for (const line of server.output.stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level')
  })

  it('logs who did what, and from where', () => {
    const events = server.output.stdout.split('\n').filter((line) => line.includes('"event":"login_succeeded"'))
    const event = JSON.parse(events[0] ?? '{}')
    expect(event).toMatchObject({ address: '127.0.0.1', session_id: expect.any(String) })
    const request = server.output.stdout.split('\n').find((line) => line.includes('"path":"/auth/login","status":200'))
    expect(JSON.parse(request ?? '{}').request_id).toBe(event.request_id)
  })

  const malformed: [what: string, request: string, status: string][] = [
    ['no HTTP', 'hello\r\n\r\n', '400'],
    [
      'two lengths',
      'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
      '400',
    ],
    [
      'a length and chunks',
      'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      '400',
    ],
    ['a header of 40 kB', `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, '431'],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', '400'],
  ]
  it.each(malformed)('answers %s with its status, and continues', async (_what, request, status) => {
    expect(await raw(server.url, request)).toContain(`HTTP/1.1 ${status}`)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  it('refuses bodies that pretend to be small', async () => {
    const body = 'x'.repeat(20_000)
    const chunked = `POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    expect(await raw(server.url, chunked)).toContain('"code":"body_too_large"')
  })
})

/** Sends bytes as they are, and collects what comes back until the connection closes, or has been silent for ten minutes. */
function raw(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(Number(port), hostname, () => socket.write(request))
    socket.setTimeout(600_000, () => socket.destroy())
    socket.on('data', (chunk) => {
      received += chunk
    })
    socket.on('close', () => resolve(received))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(received) : reject(error),
    )
  })
}

/** The status of an answer; for a request without an answer, whether its connection had been used before. */
function getOutcome(url: string, options: RequestOptions, body = ''): Promise<number | string> {
  return new Promise((resolve) => {
    const outgoing = request(url, options, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    outgoing.on('error', () => resolve(outgoing.reusedSocket ? 'cut off' : 'not connected'))
    outgoing.end(body)
  })
}

describe('hallpass serve, stopped and started', () => {
  // The server would wait for an open connection as long as it may be kept.
  const connection = 'close'
  let folder: ReturnType<typeof makeFolder>
  beforeEach(() => {
    folder = makeFolder()
  })
  afterEach(() => folder.remove())

  it('resumes where it stopped: accounts, sessions and the secret are the same', async () => {
    const first = await serve([], { cwd: folder.path })
    await post(`${first.url}/auth/register`, alice, { connection })
    const { body } = await post(`${first.url}/auth/login`, alice, { connection })
    first.child.kill('SIGTERM')
    expect((await first.finished).exitCode).toBe(0)
    const second = await serve([], { cwd: folder.path })
    const authorization = `Bearer ${body.access_token}`
    const me = await fetch(`${second.url}/auth/me`, { headers: { authorization, connection } })
    expect(me.status).toBe(200)
    second.child.kill('SIGINT')
    expect((await second.finished).exitCode).toBe(0)
  })

  it('fails no request that is under way when it is told to stop, and accepts no new ones', async () => {
    const server = await serve([], { cwd: folder.path })
    await post(`${server.url}/auth/register`, alice, { connection })
    const { body } = await post(`${server.url}/auth/login`, alice, { connection })
    const headers = { authorization: `Bearer ${body.access_token}` }
    const agent = new Agent({ keepAlive: true, maxSockets: 16 })
    const outcomes: (number | string)[] = []
    const load = Array.from({ length: 16 }, async () => {
      for (let outcome: number | string = 200; outcome === 200; outcomes.push(outcome)) {
        outcome = await getOutcome(`${server.url}/auth/me`, { agent, headers })
      }
    })
    // On connections that are already open: the server has accepted them, however slow the machine is.
    const known = new Agent({ keepAlive: true, maxSockets: 8 })
    const eight = <Result>(work: () => Promise<Result>) => Promise.all(Array.from({ length: 8 }, work))
    await eight(() => getOutcome(`${server.url}/healthz`, { agent: known }))
    const json = { 'content-type': 'application/json' }
    const login = { agent: known, method: 'POST', headers: json }
    const hashing = eight(() => getOutcome(`${server.url}/auth/login`, login, JSON.stringify(alice)))
    server.child.kill('SIGTERM')
    await Promise.all(load)
    agent.destroy()
    expect(await hashing).toEqual(Array(8).fill(200))
    known.destroy()
    expect((await server.finished).exitCode).toBe(0)
    expect(outcomes.length).toBeGreaterThan(16)
    expect(new Set(outcomes)).toEqual(new Set([200, 'not connected']))
  })

  it('exits at once when it is told twice to stop', async () => {
    const server = await serve(['--shutdown-delay-seconds', '600'], { cwd: folder.path })
    server.child.kill('SIGTERM')
    await eventually(async () => expect((await fetch(`${server.url}/readyz`)).status).toBe(503))
    server.child.kill('SIGTERM')
    expect((await server.finished).exitCode).toBe(143)
  })

  it('exits at once when it is told again while a request is in progress', async () => {
    const server = await serve([], { cwd: folder.path })
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    const head = ['POST /auth/login HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Content-Length: 99']
    socket.write([...head, 'Expect: 100-continue', '', ''].join('\r\n'))
    expect(String(await once(socket, 'data'))).toContain('100 Continue')
    // Two of one kind could arrive as one. After the first alone, it would wait for the request, and exit with 0.
    server.child.kill('SIGTERM')
    server.child.kill('SIGINT')
    expect([130, 143]).toContain((await server.finished).exitCode)
    socket.destroy()
  })

  const unwritable = ['> /dev/full', '2> /dev/full', '2> >(true)']
  it.skipIf(!existsSync('/dev/full')).each(unwritable)('starts, answers and stops with %s', async (redirection) => {
    const { PATH } = process.env
    const command = `exec "$0" "$1" serve --port 0 ${redirection}`
    const child = spawn('bash', ['-c', command, process.execPath, bundledMain], { cwd: folder.path, env: { PATH } })
    onTestFinished(() => void child.kill('SIGKILL'))
    let printed = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        printed += chunk
      })
    const urlOf = () => /(?:runs on |"url":")(http:\/\/[\d.:]+\d)/.exec(printed)?.[1]
    await eventually(async () => expect(urlOf()).toBeDefined())
    for (const path of ['/readyz', '/healthz', '/readyz']) {
      const { status } = await fetch(`${urlOf()}${path}`, { headers: { connection } })
      expect(status).toBe(200)
    }
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
  })

  it.skipIf(process.platform === 'win32')(
    'answers and stops while nobody reads its log, and counts lost lines',
    async () => {
      const { PATH } = process.env
      const args = [bundledMain, 'serve', '--port', '0']
      const child = spawn(process.execPath, args, { cwd: folder.path, env: { PATH } })
      onTestFinished(() => void child.kill('SIGKILL'))
      let printed = ''
      child.stderr.on('data', (chunk) => {
        printed += chunk
      })
      const urlOf = () => /runs on (http:[^ ]+)\. /.exec(printed)?.[1]
      await eventually(async () => expect(urlOf()).toBeDefined())
      const path = '/a-long-path'.repeat(20)
      const some = () => Promise.all(Array.from({ length: 32 }, async () => (await fetch(urlOf() + path)).text()))
      const lost = async () => {
        const metrics = await (await fetch(`${urlOf()}/metrics`)).text()
        return Number(/^hallpass_log_lines_lost_total (\d+)$/m.exec(metrics)?.[1])
      }
      expect(await lost()).toBe(0)
      await some()
      while ((await lost()) === 0) for (let times = 0; times < 10; times++) await some()
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      expect(await exited).toEqual([0, null])
    },
  )

  it('is not ready once its database file is gone', async () => {
    const server = await serve([], { cwd: folder.path })
    rmSync(join(folder.path, 'hallpass.db'))
    const response = await fetch(`${server.url}/readyz`)
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([503, 'unavailable'])
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    server.child.kill('SIGKILL')
    await server.finished
  })

  it('starts eight times at once in an empty folder, and all use one secret', async () => {
    const servers = await Promise.all(Array.from({ length: 8 }, () => serve([], { cwd: folder.path })))
    const [first] = servers as [TestServer]
    await post(`${first.url}/auth/register`, alice)
    const { body } = await post(`${first.url}/auth/login`, alice)
    for (const { url } of servers) {
      const response = await fetch(`${url}/auth/me`, { headers: { authorization: `Bearer ${body.access_token}` } })
      expect(response.status).toBe(200)
    }
    for (const { child, finished } of servers) {
      child.kill('SIGKILL')
      await finished
    }
  })

  it('reads .env; the environment takes precedence over it, and flags over both', async () => {
    writeFileSync(
      join(folder.path, '.env'),
      `HALLPASS_DATABASE=sqlite:from-file.db\nHALLPASS_ISSUER=https://file.example\n`,
    )
    const options = { cwd: folder.path, env: { HALLPASS_ISSUER: 'https://environment.example' } }
    const server = await serve(['--audience', 'api'], options)
    expect(existsSync(join(folder.path, 'from-file.db'))).toBe(true)
    await post(`${server.url}/auth/register`, alice)
    const { body } = await post(`${server.url}/auth/login`, alice)
    const claims = JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url').toString())
    expect(claims).toMatchObject({ iss: 'https://environment.example', aud: 'api' })
    server.child.kill('SIGKILL')
    await server.finished
  })

  it('says so in one line when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    const { exitCode, stderr } = await runHallpass(['serve', '--port', `${port}`], { cwd: folder.path })
    const says = `hallpass: Cannot listen on 127.0.0.1:${port}: EADDRINUSE, another process uses this port. `
    expect([exitCode, stderr]).toEqual([1, `${says}Stop it, or choose another port with --port\n`])
    taken.close()
  })

  it.each(['127.0.0.1', 'localhost'])('says so in one line when its database on %s cannot be reached', async (host) => {
    const args = ['serve', '--database', `postgres://hallpass:hunter2@${host}:1/app`]
    const { exitCode, stderr } = await runHallpass(args, { cwd: folder.path })
    expect(exitCode).toBe(1)
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining('ECONNREFUSED')])
    expect(stderr).not.toContain('hunter2')
  })

  it('says so in one line, with 78, when its address does not belong to this machine', async () => {
    const { exitCode, stderr } = await runHallpass(['serve', '--host', '2001:db8::1'], { cwd: folder.path })
    expect([exitCode, stderr]).toEqual([
      78,
      expect.stringMatching(/^hallpass: Cannot listen on \[2001:db8::1\]:3000: E\w+(?:, [^\n]+)?\n$/),
    ])
  })

  const production = { NODE_ENV: 'production' }
  const refused: [what: string, args: string[], env: Record<string, string>, says: RegExp[]][] = [
    ['no secret in production', [], production, [/HALLPASS_ENCRYPTION_SECRET .*missing/]],
    ['a short one', [], { ...production, HALLPASS_ENCRYPTION_SECRET: 'short' }, [/shorter than 32/]],
    ['a short one anywhere', [], { HALLPASS_ENCRYPTION_SECRET: 'short' }, [/shorter than 32/]],
    [
      'one of a tutorial',
      [],
      { ...production, HALLPASS_ENCRYPTION_SECRET: 'your-256-bit-secret-your-256-bit-secret' },
      [/well-known/],
    ],
    ['one that repeats itself', [], { ...production, HALLPASS_ENCRYPTION_SECRET: 'abc'.repeat(20) }, [/repeats/]],
    ['two secrets', ['--encryption-secret-file', 'x'], { HALLPASS_ENCRYPTION_SECRET: secret }, [/not both/]],
    [
      'both names of a secret',
      [],
      { HALLPASS_SECRET: secret, HALLPASS_ENCRYPTION_SECRET: secret },
      [/HALLPASS_SECRET is the former name/],
    ],
    ['a secret file that is not there', ['--encryption-secret-file', 'x'], {}, [/cannot be read/]],
    [
      'a misspelt variable',
      [],
      { HALLPASS_ISSUR: 'x' },
      [/HALLPASS_ISSUR is not a setting: did you mean HALLPASS_ISSUER/],
    ],
    ['an empty variable', [], { HALLPASS_ISSUER: '' }, [/HALLPASS_ISSUER is empty/]],
    [
      'every mistake at once',
      ['--workers', '0', '--registration', 'perhaps', '--trust-proxy', 'yes', '--valkey', 'redis://a:b:c'],
      { HALLPASS_ACCESS_TOKEN_SECONDS: '15m', HALLPASS_CORS_ORIGINS: '*', HALLPASS_DATABASE: 'app.db' },
      [
        /--workers/,
        /--registration/,
        /--trust-proxy/,
        /--valkey/,
        /HALLPASS_ACCESS_TOKEN_SECONDS/,
        /HALLPASS_CORS_ORIGINS/,
        /HALLPASS_DATABASE/,
      ],
    ],
  ]
  it.each(refused)('refuses %s with 78, before anything is created', async (_what, args, env, says) => {
    const { exitCode, stderr } = await hallpass(['serve', '--port', '0', ...args], { cwd: folder.path, env })
    expect(exitCode).toBe(78)
    for (const pattern of says) expect(stderr).toMatch(pattern)
    for (const line of stderr.trim().split('\n')) expect(line).toMatch(/^hallpass: /)
    expect(existsSync(join(folder.path, 'hallpass.db'))).toBe(false)
  })

  it('warns of files that every user may open, also in production, and reads what Kubernetes and Windows write', async () => {
    for (const name of ['secret', 'app.db']) writeFileSync(join(folder.path, name), '')
    writeFileSync(join(folder.path, 'secret'), `${secret}\n`)
    for (const name of ['secret', 'app.db']) chmodSync(join(folder.path, name), 0o666)
    const settings = 'HALLPASS_REGISTRATION=closed\r\nHALLPASS_DATABASE=sqlite:app.db\r\nHALLPASS_PORT=0\r\n'
    writeFileSync(join(folder.path, '.env'), Buffer.from(`\ufeff${settings}`, 'utf16le'))
    const env = {
      ...production,
      HALLPASS_HOST: hasIPv6 ? '::1' : '127.0.0.1',
      HALLPASS_PORT: 'tcp://10.0.0.11:3000',
      HALLPASS_SERVICE_HOST: '10.0.0.11',
      HALLPASS_PORT_3000_TCP_ADDR: '10.0.0.11',
    }
    const server = await serve(['--encryption-secret-file', 'secret'], { cwd: folder.path, env })
    expect(server.url).toMatch(hasIPv6 ? /^http:\/\/\[::1\]:\d+$/ : /^http:\/\/127\.0\.0\.1:\d+$/)
    // In production, nothing is explained on standard error.
    expect(server.output.stderr).toBe('')
    for (const name of ['secret', 'app.db']) expect(server.output.stdout).toContain(`chmod o-rwx ${name}`)
    const refused = await post(`${server.url}/auth/register`, alice)
    expect([refused.status, refused.body.code]).toEqual([403, 'registration_closed'])
    server.child.kill('SIGTERM')
    expect((await server.finished).exitCode).toBe(0)
  })

  const unread: [what: string, content: Buffer, says: RegExp[]][] = [
    [
      'UTF-16 without its mark',
      Buffer.from('HALLPASS_PORT=1', 'utf16le'),
      [/\.env cannot be read: .*not UTF-8 text/, /--host/],
    ],
    [
      'lines that set nothing',
      Buffer.from('HALLPASS_REGISTRATION: closed\rexport HALLPASS_WORKERS 2\rhallpass_port=1\r'),
      [/HALLPASS_REGISTRATION=value/, /HALLPASS_WORKERS=value/, /did you mean HALLPASS_PORT/, /--host/],
    ],
    [
      'lines as shells write them, names in quotation marks, and a blank that cannot be seen',
      Buffer.from(
        'declare -x HALLPASS_REGISTRATION="closed"\nset HALLPASS_WORKERS=2\n"HALLPASS_PORT"=1\n\u00a0HALLPASS_ISSUER=x\n',
      ),
      [...['REGISTRATION', 'WORKERS', 'PORT', 'ISSUER'].map((name) => new RegExp(`HALLPASS_${name}=value`)), /--host/],
    ],
  ]
  it.each(unread)('refuses a .env of %s with 78, together with all other mistakes', async (_what, content, says) => {
    writeFileSync(join(folder.path, '.env'), content)
    const { exitCode, stderr } = await hallpass(['serve', '--host', 'a b'], { cwd: folder.path })
    expect([exitCode, stderr.trim().split('\n')]).toEqual([78, says.map((one) => expect.stringMatching(one))])
  })

  it('has a flag for each setting but the secret', async () => {
    const { stdout } = await hallpass(['serve', '--help'])
    const flags = [...stdout.matchAll(/^ {2}(--[a-z-]+) </gm)].map(([, flag]) => flag)
    expect(flags).toEqual(settings.flatMap(({ flag, isSecret }) => (isSecret ? [] : [flag])))
    expect(flags).not.toContain('--secret')
  })
})
