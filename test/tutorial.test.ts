import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from './postgres.ts'
import { makeFolder } from './server/process.ts'

const root = new URL('..', import.meta.url).pathname

interface Block {
  readonly language: string
  readonly text: string
}

const blocks: Block[] = [
  ...readFileSync(join(root, 'docs/tutorial.md'), 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms),
].map(([, language = '', text = '']) => ({ language, text }))

/** What the reader does, in the order of the page: files to write, commands to run, answers to see. */
describe('docs/tutorial.md', () => {
  const folder = makeFolder()
  let app: ChildProcess | undefined
  let port = 0
  // The installation is what test/package.test.ts does; here the checkout stands in for what was installed.
  const steps = blocks.filter(({ text }) => !/^(?:mkdir|npx hallpass serve)/.test(text))

  beforeAll(async () => {
    port = await freePort()
    const modules = join(folder.path, 'node_modules')
    mkdirSync(modules)
    for (const name of ['hono', '@hono', '@node-rs']) symlinkSync(join(root, 'node_modules', name), join(modules, name))
    symlinkSync(root, join(modules, 'hallpass'))
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}')
  })
  afterAll(() => {
    app?.kill()
    folder.remove()
  })

  /** As the reader's shell, with the commands that npm puts into its path. */
  function shell(script: string): string {
    const bin = `npx() { shift; "${process.execPath}" --conditions=hallpass-source "${root}src/cli/main.ts" "$@"; }`
    const kept = 'declare -p TOKEN REFRESH > variables 2>&1 || true'
    return execFileSync('bash', ['-euc', [bin, variables, script, kept].join('\n')], {
      cwd: folder.path,
      encoding: 'utf8',
    })
  }
  let variables = ''

  async function start(file: string): Promise<void> {
    if (app !== undefined) {
      const ended = new Promise((resolve) => app?.once('exit', resolve))
      app.kill()
      await ended
    }
    const secret = readFileSync(join(folder.path, '.secret'), 'utf8').trim()
    const env = { PATH: process.env.PATH, JWT_SECRET_KEY: secret }
    app = spawn(process.execPath, ['--conditions=hallpass-source', file], { cwd: folder.path, env, stdio: 'inherit' })
    await vi.waitUntil(() => fetch(`http://127.0.0.1:${port}/`).catch(() => false), { timeout: 10_000, interval: 50 })
  }

  it('does what it says, from the first line to the last', async () => {
    let shown = ''
    let compared = 0
    for (const { language, text } of steps) {
      const own = text.replaceAll('3000', String(port))
      if (language === 'ts') writeFileSync(join(folder.path, /^\/\/ (\S+)/.exec(text)?.[1] ?? ''), own)
      if (language === 'sh') {
        const started = /node (\w+\.ts)/.exec(own)?.[1]
        shown = shell(own.replace(/^.*node \w+\.ts$/m, ''))
        variables = readFileSync(join(folder.path, 'variables'), 'utf8')
          .split('\n')
          .filter((line) => line.startsWith('declare -- '))
          .join('\n')
        if (started !== undefined) await start(started)
      }
      if (language === 'json') {
        const pattern = text
          .trim()
          .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
          .replaceAll('…', '[^"]+')
        expect(shown.trim()).toMatch(new RegExp(`^${pattern}$`))
        compared++
      }
    }
    expect(compared).toBeGreaterThan(6)
  })
})
