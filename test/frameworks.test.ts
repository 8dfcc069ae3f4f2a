import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually, password, secret } from './nodes/node.ts'
import { freePort } from './postgres.ts'
import { bundledPackage, linkPackages } from './server/bundle.ts'
import { makeFolder, post } from './server/process.ts'

const root = new URL('..', import.meta.url).pathname
const page = readFileSync(join(root, 'docs/frameworks.md'), 'utf8')

/** The programs of docs/frameworks.md, unchanged, without those that their framework starts itself. */
const programs = [...page.matchAll(/^```[jt]s\n\/\/ ((?:hono|express|fastify|koa|server)\.[jt]s)\n(.*?)^```$/gms)].map(
  ([, name = '', text = '']) => [name, text] as const,
)

describe('docs/frameworks.md', () => {
  const folder = makeFolder()
  let program: ChildProcess | undefined
  afterEach(() => {
    program?.kill('SIGKILL')
    folder.remove()
  })

  it('can be required from CommonJS', () => {
    const names = [
      'hallpass',
      'hallpass/auth',
      'hallpass/express',
      'hallpass/fastify',
      'hallpass/hono',
      'hallpass/node',
      'hallpass/web',
    ]
    const program = `for (const name of ${JSON.stringify(names)}) if (Object.keys(require(name)).length === 0) throw name`
    const args = ['--input-type=commonjs', '--eval', program]
    expect(execFileSync(process.execPath, args, { cwd: bundledPackage, encoding: 'utf8' })).toBe('')
  })

  it('has five programs', () =>
    expect(programs.map(([name]) => name)).toEqual(['hono.ts', 'express.ts', 'fastify.ts', 'koa.js', 'server.js']))

  it.each(programs)('has %s, and it runs', async (name, text) => {
    const port = await freePort()
    linkPackages(folder.path, ['hono', '@hono', 'express', 'fastify', 'koa'])
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}')
    writeFileSync(join(folder.path, name), text.replace('3000', String(port)))
    program = spawn(process.execPath, [name], {
      cwd: folder.path,
      env: { PATH: process.env.PATH, JWT_SECRET_KEY: secret },
      stdio: 'inherit',
    })
    const url = `http://127.0.0.1:${port}`
    const ask = (headers: Record<string, string> = {}) => fetch(`${url}/protected`, { headers })
    await eventually(() => ask())
    expect((await ask()).status).toBe(401)
    expect((await post(`${url}/auth/register`, { username: 'alice', password })).status).toBe(201)
    const { body } = await post(`${url}/auth/login`, { username: 'alice', password })
    const headers = { authorization: `Bearer ${body.access_token}` }
    expect(await (await ask(headers)).json()).toEqual({ msg: expect.stringMatching(/^Hello, .+!$/) })
    expect((await post(`${url}/auth/logout`, {}, headers)).status).toBe(204)
    expect((await ask(headers)).status).toBe(401)
  })
})
