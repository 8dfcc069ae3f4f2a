import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, globSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeAt } from '../test/auth/mfa/authenticator.ts'
import { eventually } from '../test/nodes/node.ts'
import { freePort } from '../test/postgres.ts'

// Runs the example as its reader would, except that hallpass is the one of this folder: `npm test` builds dist/ before.

const root = new URL('..', import.meta.url).pathname
const folder = join(root, 'examples/next')
const next = join(root, 'node_modules/next/dist/bin/next')
const made = ['node_modules', '.next', 'next-env.d.ts', 'app.db*', '*.tsbuildinfo']
const env = {
  PATH: process.env.PATH,
  NODE_ENV: 'production' as const,
  NEXT_TELEMETRY_DISABLED: '1',
  // Writing a cache for the next build took half of the time.
  TURBO_ENGINE_READ_ONLY: '1',
  // Collecting the garbage of the compiler, a Go program, would be a fifth of its work.
  GOGC: 'off',
  JWT_SECRET_KEY: 'n0t-a-r3al-secret-but-long-enough-to-be-one',
}
const password = 'a password of some length'

function clean() {
  const paths = globSync(made, { cwd: folder }).map((path) => join(folder, path))
  for (const path of paths) rmSync(path, { recursive: true, force: true })
}

/** A copy, as npm makes one: Next.js would bundle a package that is a link to a folder outside of `node_modules`. */
function installHallpass() {
  const installed = join(folder, 'node_modules/hallpass')
  for (const name of ['package.json', 'dist']) {
    cpSync(join(root, name), join(installed, name), { recursive: true })
  }
}

/** A browser without script: it keeps cookies, and submits forms with what they contain. */
class Browser {
  readonly cookies = new Map<string, string>()
  readonly #base: string

  constructor(base: string) {
    this.#base = base
  }

  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('cookie', [...this.cookies].map((pair) => pair.join('=')).join('; '))
    const response = await fetch(this.#base + path, { redirect: 'manual', ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }

  async look(path: string): Promise<string> {
    // React writes comments between the parts of a text.
    return (await (await this.send(path)).text()).replaceAll('<!-- -->', '')
  }

  /** Fills in the form of a page. */
  submit(path: string, page: string, fields: Readonly<Record<string, string>>, origin = this.#base): Promise<Response> {
    const body = new FormData()
    for (const [tag] of page.matchAll(/<input type="hidden"[^>]*>/g)) {
      const value = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&quot;', '"') ?? ''
      body.append(value('name'), value('value'))
    }
    for (const [name, value] of Object.entries(fields)) body.append(name, value)
    return this.send(path, { method: 'POST', body, headers: { origin } })
  }
}

describe('examples/next', () => {
  let server: ChildProcess
  let base = ''
  let output = ''
  let hasDatabase = true
  beforeAll(async () => {
    clean()
    installHallpass()
    const building = spawn(process.execPath, [next, 'build'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [exit, ...written] = await Promise.all([once(building, 'exit'), text(building.stdout), text(building.stderr)])
    output = written.join('')
    expect([exit[0], output]).toEqual([0, expect.stringContaining('/sign-in')])
    hasDatabase = existsSync(join(folder, 'app.db'))
    const port = await freePort()
    base = `http://127.0.0.1:${port}`
    server = spawn(process.execPath, [next, 'start', '-p', `${port}`, '-H', '127.0.0.1'], { cwd: folder, env })
    server.stdout?.resume()
    server.stderr?.resume()
    await eventually(async () => (await fetch(base)).ok)
    // A minute of processor time, which takes five if fourteen other files share the two processors.
  }, 1_800_000)
  afterAll(async () => {
    server?.kill('SIGKILL')
    if (server?.exitCode === null) await once(server, 'exit')
    clean()
  })

  async function newcomer(username: string): Promise<Browser> {
    const browser = new Browser(base)
    expect((await call(browser, '/register', { username, password })).ok).toBe(true)
    return browser
  }
  const call = (browser: Browser, path: string, body: object, headers: Record<string, string> = {}) =>
    browser.send(`/api/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const signIn = async (browser: Browser, username: string, secret: string, origin?: string) =>
    browser.submit('/sign-in', await browser.look('/sign-in'), { username, password: secret }, origin)

  it('builds for production without a warning, its types checked', () => {
    expect(output).toMatch(/Finished TypeScript/)
    expect(output).not.toMatch(/warn|⚠|deprecat|failed/i)
    expect(hasDatabase).toBe(false)
  })

  it('loads hallpass as it is installed, and does not bundle it', () => {
    const traced = readFileSync(join(folder, '.next/server/app/page.js.nft.json'), 'utf8')
    expect((JSON.parse(traced) as { files: string[] }).files).toContainEqual(
      expect.stringMatching(/node_modules\/hallpass\/dist\/auth\.js$/),
    )
  })

  it('signs in by a server action, shows the session in a server component, and signs out', async () => {
    const browser = await newcomer('alice')
    expect(await browser.look('/')).toContain('href="/sign-in"')
    const refused = await signIn(browser, 'alice', 'wrong')
    expect([refused.status, await refused.text()]).toEqual([200, expect.stringContaining('role="alert"')])
    expect([...browser.cookies]).toEqual([])
    const done = await signIn(browser, 'alice', password)
    expect([done.status, done.headers.get('location')]).toEqual([303, '/'])
    const cookies = new Map(browser.cookies)
    expect([...cookies.keys()]).toContain('__Host-refresh_token')
    const home = await browser.look('/')
    expect(home).toContain('Signed in as alice')
    expect((await browser.submit('/', home, {})).status).toBe(303)
    expect([...browser.cookies.keys()]).toEqual(['__Host-device_token'])
    for (const [name, value] of cookies) browser.cookies.set(name, value)
    expect(await browser.look('/')).not.toContain('Signed in')
  })

  it('does not sign in for a page of another site', async () => {
    const browser = await newcomer('bob')
    const refused = await signIn(browser, 'bob', password, 'https://evil.example')
    expect([refused.status, [...browser.cookies]]).toEqual([500, []])
  })

  it('asks for the second factor', async () => {
    const browser = await newcomer('carol')
    const { access_token } = (await (await call(browser, '/login', { username: 'carol', password })).json()) as {
      access_token: string
    }
    const bearer = { authorization: `Bearer ${access_token}` }
    const app = (await (await call(browser, '/mfa/totp', {}, bearer)).json()) as { id: string; secret: string }
    const code = (steps = 0) => codeAt(app.secret, Date.now() / 1000 + steps * 30)
    expect((await call(browser, `/mfa/totp/${app.id}/confirm`, { code: code() }, bearer)).ok).toBe(true)
    const asked = await (await signIn(browser, 'carol', password)).text()
    expect(asked).toContain('autoComplete="one-time-code"')
    expect([...browser.cookies.keys()]).toEqual(['__Host-mfa_challenge'])
    // The current code was used to confirm the app.
    expect((await browser.submit('/sign-in', asked, { code: code(1) })).status).toBe(303)
    expect(await browser.look('/')).toContain('Signed in as carol')
  })
})
