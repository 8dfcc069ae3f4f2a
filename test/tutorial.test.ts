import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ensureDebianPackages } from './debian.ts'
import { freePort } from './postgres.ts'
import { linkPackages } from './server/bundle.ts'
import { bundledMain, makeFolder } from './server/process.ts'

const root = new URL('..', import.meta.url).pathname

interface Block {
  readonly language: string
  readonly text: string
}

const blocks: Block[] = [
  ...readFileSync(join(root, 'docs/tutorial.md'), 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms),
].map(([, language = '', text = '']) => ({ language, text }))

/** A `curl` that sends only a token. */
const onlyReads = /^curl -s \S+ -H "Authorization: [^\n]*\n$/

/** Does what the reader does, in the order of the page: writes files, runs commands, compares answers. */
describe('docs/tutorial.md', () => {
  const folder = makeFolder()
  /** The programs that the reader left running, by port. Starting another one on the port stops the first. */
  const running = new Map<string, ChildProcess>()
  const ports = new Map<string, number>()
  // test/package.test.ts tests the installation. Here, the checkout replaces the installed package.
  const steps = blocks.filter(({ text }) => !/^mkdir/.test(text))

  beforeAll(async () => {
    await ensureDebianPackages(['curl'], ['curl', '--version'])
    for (const port of ['3000', '4000']) ports.set(port, await freePort())
    linkPackages(folder.path, ['hono', '@hono', '@node-rs'])
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}')
  })
  afterAll(() => {
    for (const program of running.values()) program.kill()
    folder.remove()
  })

  /** Runs a script like the reader's shell, with the commands that npm puts into its path. */
  function shell(script: string): string {
    const bin = `npx() { shift; "${process.execPath}" "${bundledMain}" "$@"; }`
    const kept = 'declare -p TOKEN REFRESH > variables 2>&1 || true'
    return execFileSync('bash', ['-euc', [bin, variables, script, kept].join('\n')], {
      cwd: folder.path,
      encoding: 'utf8',
    })
  }
  let variables = ''

  /** The text with the ports of this run instead of those on the page. */
  function ported(text: string): string {
    return text.replace(/3000|4000/g, (documented) => String(ports.get(documented)))
  }

  /** Stops what runs on the port, then starts another program there, and waits until it answers. */
  async function start(port: string, args: readonly string[]): Promise<void> {
    const before = running.get(port)
    if (before !== undefined) {
      const ended = new Promise((resolve) => before.once('exit', resolve))
      before.kill()
      await ended
    }
    const secret = readFileSync(join(folder.path, '.secret'), 'utf8').trim()
    const program = spawn(process.execPath, [...args], {
      cwd: folder.path,
      env: { PATH: process.env.PATH, JWT_SECRET_KEY: secret, HALLPASS_PORT: `${ports.get('3000')}` },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    running.set(port, program)
    await vi.waitUntil(() => fetch(`http://127.0.0.1:${ports.get(port)}/`).catch(() => false), {
      timeout: 600_000,
      interval: 50,
    })
  }

  /** The program that a block starts, if any. Programs that keep running are not started by the shell. */
  function startedBy(text: string): { port: string; args: readonly string[] } | undefined {
    const [, serve] = /^npx hallpass (serve .*)$/m.exec(text) ?? []
    if (serve !== undefined) return { port: '3000', args: [bundledMain, ...ported(serve).split(' ')] }
    const [, file] = /node (\w+\.ts)$/m.exec(text) ?? []
    if (file === undefined) return undefined
    const source = blocks.find((block) => block.text.startsWith(`// ${file}\n`))?.text ?? ''
    return { port: /port: (\d+)/.exec(source)?.[1] ?? '', args: [file] }
  }

  it('does what it says, from the first line to the last', async () => {
    let shown = ''
    let last = ''
    let compared = 0
    for (const { language, text } of steps) {
      const own = ported(text)
      if (language === 'ts') writeFileSync(join(folder.path, /^\/\/ (\S+)/.exec(text)?.[1] ?? ''), own)
      if (language === 'sh') {
        last = own
        shown = shell(own.replace(/^.*node \w+\.ts$|^npx hallpass serve .*$/gm, ''))
        variables = readFileSync(join(folder.path, 'variables'), 'utf8')
          .split('\n')
          .filter((line) => line.startsWith('declare -- '))
          .join('\n')
        const started = startedBy(text)
        if (started !== undefined) await start(started.port, started.args)
      }
      if (language === 'json') {
        const pattern = text
          .trim()
          .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
          .replaceAll('…', '[^"]+')
        // A service learns of a logout a moment later. A command that only reads is repeated until then.
        await vi.waitFor(
          () => {
            if (onlyReads.test(last)) shown = shell(last)
            expect(shown.trim()).toMatch(new RegExp(`^${pattern}$`))
          },
          { timeout: onlyReads.test(last) ? 600_000 : 0 },
        )
        compared++
      }
    }
    expect(compared).toBe(blocks.filter(({ language }) => language === 'json').length)
    expect([...running.keys()]).toEqual(['3000', '4000'])
  })
})
