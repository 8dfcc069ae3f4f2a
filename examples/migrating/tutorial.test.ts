import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { JwtManager } from '../../src/index.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { emptyDatabases } from '../../test/databases.ts'
import { ensureDebianPackages } from '../../test/debian.ts'
import { freePort } from '../../test/postgres.ts'
import { linkPackages } from '../../test/server/bundle.ts'
import { bundledMain, makeFolder, runHallpass } from '../../test/server/process.ts'
import { bearer, listen, postJson } from './servers.ts'
import { makeApp } from './tutorial-after.ts'

const python = '/usr/bin/python3'
const secret = randomBytes(32).toString('base64url')
const users = [
  { username: 'alice', password: 'test' },
  { username: 'bob', password: '123456' },
  { username: 'carol', password: 'carol' },
  { username: 'dora', password: ' pässwörd $1$x ' },
]

interface LoggedIn {
  readonly access_token: string
  readonly refresh_token: string
}

const root = new URL('../..', import.meta.url).pathname
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** What the guide tells its reader to save and run, in order; some blocks are inside a list. */
const guide = [
  ...(read('docs/migrating.md').split('## A Flask tutorial')[1]?.split('\n## ')[0] ?? '').matchAll(
    /^ {3}```(\w+)\n(.*?)^ {3}```$/gms,
  ),
].map(([, language = '', text = '']) => ({ language, text: text.replace(/^ {3}/gm, '') }))

/** The export as docs/cli.md prints it. */
const snippet = /```python\n(.*?)```/s.exec(read('docs/cli.md'))?.[1] as string

/** One way to migrate to the new program. */
interface Moved {
  readonly database: string
  readonly url: string
  close(): Promise<void>
}

describe('from the tutorial', () => {
  const folder = makeFolder()
  const running: ChildProcess[] = []
  let before: string
  /** Of alice and bob. */
  let loggedIn: LoggedIn[]
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL')
    folder.remove()
  })

  async function start(port: number, command: string, args: string[]): Promise<string> {
    const env = { PATH: process.env.PATH, JWT_SECRET_KEY: secret }
    running.push(spawn(command, args, { cwd: folder.path, env, stdio: 'ignore' }))
    const url = `http://127.0.0.1:${port}`
    await vi.waitUntil(() => fetch(url).catch(() => false), { timeout: 100_000, interval: 100 })
    return url
  }

  beforeAll(async () => {
    await ensureDebianPackages(
      ['python3-python-flask-jwt-extended', 'python3-jwt', 'python3-flask-sqlalchemy'],
      [python, '-c', 'import flask_jwt_extended, jwt, flask_sqlalchemy'],
    )
    copyFileSync(new URL('tutorial-before.py', import.meta.url), join(folder.path, 'app.py'))
    writeFileSync(join(folder.path, 'export.py'), snippet)
    const port = await freePort()
    before = await start(port, python, ['-m', 'flask', 'run', '--port', String(port)])
    for (const user of users) expect((await postJson(`${before}/register`, user)).status).toBe(201)
    loggedIn = await Promise.all(
      users.slice(0, 2).map(async (user) => (await (await postJson(`${before}/login`, user)).json()) as LoggedIn),
    )
  }, 300_000)

  /** Follows the guide as it is printed. `test/package.test.ts` does the installation. */
  async function moveByGuide(): Promise<Moved> {
    linkPackages(folder.path, ['hono', '@hono'])
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}')
    const port = await freePort()
    let url = ''
    for (const { language, text } of guide) {
      const own = text.replaceAll('3000', String(port))
      if (language === 'ts') writeFileSync(join(folder.path, /^\/\/ (\S+)/.exec(own)?.[1] as string), own)
      else if (own.includes('node server.ts')) {
        expect(own).toBe('JWT_SECRET_KEY=$(cat .secret) node server.ts\n')
        url = await start(port, process.execPath, ['server.ts'])
      } else if (!own.includes('npm install')) runInShell(own)
    }
    expect(existsSync(join(folder.path, 'users.jsonl'))).toBe(false)
    return { url, database: `sqlite:${join(folder.path, 'accounts.db')}`, close: async () => {} }
  }

  /**
   * Runs a script as the reader's shell would, with the command that npm puts into the path, and the Python that has
   * Flask.
   */
  function runInShell(script: string): void {
    const python3 = `python3() { ${python} "$@"; }`
    const npx = `npx() { shift; "${process.execPath}" "${bundledMain}" "$@"; }`
    const env = { PATH: process.env.PATH, JWT_SECRET_KEY: secret }
    execFileSync('bash', ['-euc', `${npx}\n${python3}\n${script}`], {
      cwd: folder.path,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** With the commands and the example, to PostgreSQL. */
  async function moveToPostgres(): Promise<Moved> {
    const { url: database } = await (emptyDatabases[1] as (typeof emptyDatabases)[number]).open()
    const options = { cwd: folder.path, env: { HALLPASS_DATABASE: database } }
    const exported = execFileSync(python, ['export.py'], { cwd: folder.path, env: { JWT_SECRET_KEY: secret } })
    const input = exported.toString()
    const records = input
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(records).toMatchObject(users.map((user, number) => ({ id: number + 1, ...user })))
    for (const { created_at } of records) expect(Date.parse(`${created_at}Z`)).toBeCloseTo(Date.now(), -6)
    const imported = await runHallpass(['users', 'import', '-', '--plain-passwords'], { ...options, input })
    expect(imported).toMatchObject({ exitCode: 0, stdout: 'added 4, already there 0, refused 0\n' })
    expect(imported.stderr).toMatch(/^ignored columns: full_name\nDelete what was read/)
    const { app, auth } = await makeApp(secret, database)
    return { url: await listen(app), database, close: () => auth.close() }
  }

  const ways: [where: string, move: () => Promise<Moved>][] = [
    ['SQLite, by the guide', moveByGuide],
    ['PostgreSQL', moveToPostgres],
  ]
  describe.each(ways)('to %s', (_where, move) => {
    let after: Moved
    beforeAll(async () => {
      after = await move()
    })
    afterAll(() => after?.close())

    it('logs no one out', async () => {
      for (const [index, { access_token, refresh_token }] of loggedIn.entries()) {
        const expected = { id: index + 1, username: users[index]?.username }
        const refreshed = await postJson(`${after.url}/refresh`, {}, bearer(refresh_token))
        const { access_token: next } = (await refreshed.json()) as LoggedIn
        for (const token of [access_token, next]) {
          const response = await fetch(`${after.url}/protected`, { headers: bearer(token) })
          expect([response.status, await response.json()]).toEqual([200, expected])
          // The old program compares the identity with the number of a row.
          const old = await fetch(`${before}/mine`, { headers: bearer(token) })
          expect([old.status, await old.json()]).toEqual([200, [expected.username]])
        }
      }
    })

    // The server's tokens have the time of its database, which may be on another machine.
    it('accepts a token whose clock is ahead', async () => {
      const ahead = new JwtManager({ secret, preset: 'flask', clock: () => Date.now() / 1000 + 4 })
      const headers = bearer(ahead.createAccessToken('1'))
      expect((await fetch(`${after.url}/protected`, { headers })).status).toBe(200)
    })

    it('lets everyone in with the old password, and keeps no other hash than argon2id', async () => {
      for (const { username, password } of users) {
        const wrong = await postJson(`${after.url}/auth/login`, { username, password: `${password}x` })
        const login = await postJson(`${after.url}/auth/login`, { username, password })
        const { access_token, refresh_token } = (await login.json()) as LoggedIn
        expect([username, wrong.status, login.status]).toEqual([username, 401, 200])
        expect((await fetch(`${after.url}/protected`, { headers: bearer(access_token) })).status).toBe(200)
        expect((await postJson(`${after.url}/auth/refresh`, { refresh_token })).status).toBe(200)
      }
      const { sql, close } = await openDatabase(after.database)
      const rows = await sql.selectFrom('hallpass_users').select('password_hash').execute()
      await close()
      expect(rows).toHaveLength(users.length)
      for (const { password_hash } of rows) expect(password_hash).toMatch(/^\$argon2id\$/)
    })

    it('ends the old tokens of a user who is disabled here, and of one who is deleted', async () => {
      const statuses = async () => {
        const answers = loggedIn.flatMap(({ access_token, refresh_token }) => [
          fetch(`${after.url}/protected`, { headers: bearer(access_token) }),
          postJson(`${after.url}/refresh`, {}, bearer(refresh_token)),
        ])
        return (await Promise.all(answers)).map(({ status }) => status)
      }
      const options = { env: { HALLPASS_DATABASE: after.database } }
      await runHallpass(['users', 'disable', '2'], options)
      await vi.waitFor(async () => expect(await statuses()).toEqual([200, 200, 401, 401]), { timeout: 120_000 })
      await runHallpass(['users', 'delete', '1', '--yes'], options)
      await vi.waitFor(async () => expect(await statuses()).toEqual([401, 401, 401, 401]), { timeout: 120_000 })
    })
  })
})
