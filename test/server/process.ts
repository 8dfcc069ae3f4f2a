import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * The command, bundled at the start of a test run, at the same depth as the sources: it reads the `package.json` above
 * it.
 */
export const bundledMain: string = new URL('../../node_modules/.hallpass/main.js', import.meta.url).pathname

/** Loading the modules fills a young generation of the usual size so often that collecting it is a tenth of a start. */
const youngGeneration = '--min-semi-space-size=16'

/** A finished run of the command. */
export interface Finished {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command, running. */
export interface Running {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  /** What it has written so far. */
  readonly output: { stdout: string; stderr: string }
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string | Uint8Array
  /** Keeps standard input open: the command waits for more. */
  readonly keepInputOpen?: boolean
}

/**
 * Starts `hallpass …` as a process. Of this environment, it gets only the path and the folder of Node's compile cache.
 */
export function spawnHallpass(args: readonly string[], { cwd, env, input, keepInputOpen }: RunOptions = {}): Running {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const child = spawn(process.execPath, [youngGeneration, bundledMain, ...args], {
    cwd,
    env: { PATH, NODE_COMPILE_CACHE, ...env },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk
  })
  child.stdin.on('error', () => {})
  if (keepInputOpen) child.stdin.write(input ?? '')
  else child.stdin.end(input ?? '')
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (exitCode) => resolve({ exitCode, ...output }))
  })
  return { child, finished, output }
}

export function runHallpass(args: readonly string[], options?: RunOptions): Promise<Finished> {
  return spawnHallpass(args, options).finished
}

/** A server that is listening. */
export interface TestServer extends Running {
  readonly url: string
}

/** Starts `hallpass serve` on a free port, and waits until it listens. */
export async function serve(args: readonly string[] = [], options: RunOptions = {}): Promise<TestServer> {
  const running = spawnHallpass(['serve', ...args], { ...options, env: { HALLPASS_PORT: '0', ...options.env } })
  const url = await new Promise<string>((resolve, reject) => {
    running.child.stdout?.on('data', () => {
      const [, found] = /"url":"([^"]+)"/.exec(running.output.stdout) ?? []
      if (found !== undefined) resolve(found)
    })
    running.finished.then(({ exitCode, stderr }) => reject(new Error(`ended with ${exitCode}: ${stderr}`)))
  })
  return { ...running, url }
}

/** A new temporary folder. */
export function makeFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'hallpass-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: the server may answer anything
  readonly body: any
}

/** Sends JSON and reads it. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
}
