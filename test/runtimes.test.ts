import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, it } from 'vitest'
import { makeFolder } from './server/process.ts'

const root = new URL('..', import.meta.url).pathname
const run = promisify(execFile)

/**
 * Tests that depend on the runtime: on its cryptography, its HTTP, its password hashes and both databases. Migrations,
 * poolers and concurrent nodes depend only on PostgreSQL, and pure rules on nothing.
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
  ...['cookies', 'lifecycle', 'refresh', 'requests'].map((name) => `test/auth/${name}.test`),
  'test/store/store',
  'test/testing',
]

const runtimes: [name: string, command: string[]][] = [
  ['Bun', ['bun', '--bun']],
  ['Deno', ['deno', 'run', '--allow-all']],
]

/** Accounts in a SQLite file, from registration to a revoked token. */
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
  // Without the variables of the surrounding test run.
  const env = { PATH: process.env.PATH, HOME: process.env.HOME }

  it('the tests of what runs inside an app pass', async () => {
    const folder = makeFolder()
    const report = join(folder.path, 'report.json')
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const args = [
      'run',
      '--pool=threads',
      '--no-isolate',
      // Loading modules is half of the work, and a second thread would load them again.
      '--maxWorkers=1',
      '--reporter=json',
      `--outputFile=${report}`,
      ...rooms,
    ]
    const shared = { ...env, HALLPASS_TEST_POSTGRES: inject('postgresUrl') }
    // The exit code means nothing: Vitest cannot end its threads on Deno.
    const { stderr } = await run(binary, [...flags, vitest, ...args], {
      cwd: root,
      env: shared,
      maxBuffer: 2 ** 26,
    }).catch((error) => error)
    const { passed, failed } = readReport(report)
    folder.remove()
    expect(failed).toEqual([])
    expect(passed, stderr.slice(-4000)).toBeGreaterThan(2000)
  }, 1_800_000)

  it('the package keeps accounts in SQLite', async () => {
    const folder = makeFolder()
    // Deno looks for packages only where a manifest is.
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}')
    mkdirSync(join(folder.path, 'node_modules'))
    symlinkSync(root, join(folder.path, 'node_modules/hallpass'))
    writeFileSync(join(folder.path, 'program.js'), program)
    const options = { cwd: folder.path, env }
    const { stdout } = await run(binary, [...flags, 'program.js', 'test.db'], options).finally(folder.remove)
    expect(JSON.parse(stdout)).toEqual([201, 200, 200, 204, 401])
  })
})

interface Report {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/** How many tests passed, with a paragraph for each that failed and each file that could not be loaded. */
function readReport(file: string): { readonly passed: number; readonly failed: readonly string[] } {
  if (!existsSync(file)) return { passed: 0, failed: [] }
  const { numPassedTests, testResults }: Report = JSON.parse(readFileSync(file, 'utf8'))
  const failed = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const rows = assertionResults.filter((row) => row.status === 'failed')
    if (status === 'failed' && rows.length === 0) return [`${name}: ${message}`]
    return rows.map(({ fullName, failureMessages }) => `${name}: ${fullName}\n${failureMessages.join('\n')}`)
  })
  return { passed: numPassedTests, failed }
}
