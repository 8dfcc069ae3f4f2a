import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, it } from 'vitest'
import { makeFolder } from './server/process.ts'

const root = new URL('..', import.meta.url).pathname
const run = promisify(execFile)

/**
 * Everything that is inside an app: tokens, guards, frameworks; accounts and keys on SQLite and PostgreSQL. Of the accounts
 * what asks the runtime for something: the database, the clock, a hash. Rules alone are the same everywhere: what is judged as
 * revoked, and how attempts are counted, in statements of the kinds that \`test/store\` runs.
 */
const rooms = [
  'src/token',
  'src/guard',
  'src/revocations',
  'src/adapters',
  'src/keys',
  'src/accounts/passwords/passwords',
  'src/accounts/sessions/tokens/refresh-token',
  'test/adapters',
  ...['cleanup', 'cookies', 'key-ring', 'lifecycle', 'races', 'refresh', 'requests', 'services'].map(
    (name) => `test/auth/${name}`,
  ),
  'test/store',
  'test/testing',
]

const runtimes: [name: string, command: string[]][] = [
  ['Bun', ['bun', '--bun']],
  ['Deno', ['deno', 'run', '--allow-all']],
]

/** Accounts on a SQLite file, from registration to a token that was taken back. */
const program = `
  import { createAuth } from 'hallpass/auth'
  const auth = await createAuth({ database: 'sqlite:' + process.argv[2], secret: 'n0t-a-r3al-secret-but-long-enough-to-be-one' })
  const send = async (method, path, body, token) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) }
    return auth.handler(new Request('http://localhost/auth' + path, { method, headers, ...(body && { body: JSON.stringify(body) }) }))
  }
  const alice = { username: 'alice', password: 'wonderland at tea time' }
  const seen = [(await send('POST', '/register', alice)).status]
  const { access_token, refresh_token } = await (await send('POST', '/login', alice)).json()
  seen.push((await send('GET', '/me', undefined, access_token)).status)
  seen.push((await send('POST', '/refresh', { refresh_token })).status)
  seen.push((await send('POST', '/logout', undefined, access_token)).status)
  seen.push((await send('GET', '/me', undefined, access_token)).status)
  console.log(JSON.stringify(seen))
  await auth.close()
`

describe.each(runtimes)('on %s', (_name, [command = '', ...flags]) => {
  const binary = join(root, 'node_modules/.bin', command)
  // Nothing of the run that this is part of.
  const env = { PATH: process.env.PATH, HOME: process.env.HOME }

  it('the tests of what is inside an app pass', async () => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const args = [...flags, vitest, 'run', '--pool=threads', '--no-isolate', '--no-color', ...rooms]
    const shared = { ...env, HALLPASS_TEST_POSTGRES: inject('postgresUrl') }
    const { stdout, stderr } = await run(binary, args, { cwd: root, env: shared, maxBuffer: 2 ** 26 }).catch(
      (error) => error,
    )
    expect(stdout).not.toContain('FAIL')
    expect(Number(/Tests +(\d+) passed/.exec(stdout)?.[1]), stderr).toBeGreaterThan(2000)
  }, 1_800_000)

  it('the package keeps accounts in SQLite', async () => {
    const folder = makeFolder()
    const file = join(root, 'dist', `runtime-${command}.mjs`)
    // Where the package is found by its own name.
    writeFileSync(file, program)
    try {
      const { stdout } = await run(binary, [...flags, file, join(folder.path, 'test.db')], { cwd: root, env })
      expect(JSON.parse(stdout)).toEqual([201, 200, 200, 204, 401])
    } finally {
      rmSync(file)
      folder.remove()
    }
  })
})
