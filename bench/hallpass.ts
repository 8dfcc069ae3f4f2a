import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../test/postgres.ts'

/** A server in its own process. */
export interface RunningServer {
  readonly url: string
  /** From the start of the process to its first answer. */
  readonly startMilliseconds: number
  /** Its resident memory now. */
  residentMegabytes(): number
  end(): Promise<void>
}

/** Starts `hallpass serve` as it is published, with its defaults, in production. */
export async function startHallpass(database: string, settings: NodeJS.ProcessEnv = {}): Promise<RunningServer> {
  build()
  const port = await freePort()
  const program = new URL('../dist/cli/main.js', import.meta.url).pathname
  return startServer([program, 'serve'], port, '/readyz', {
    NODE_ENV: 'production',
    HALLPASS_DATABASE: database,
    HALLPASS_PORT: String(port),
    HALLPASS_ENCRYPTION_SECRET: secret,
    ...settings,
  })
}

/** Starts the smallest possible server in Node. */
export async function startBareServer(): Promise<RunningServer> {
  const port = await freePort()
  const text = `require('node:http').createServer((_, response) => response.end('ok')).listen(${port}, '127.0.0.1')`
  return startServer(['-e', text], port, '/', {})
}

/** Shared, because several servers may use one database. */
const secret = randomBytes(32).toString('base64url')

let isBuilt = false

function build(): void {
  if (!isBuilt) execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
  isBuilt = true
}

async function startServer(
  args: readonly string[],
  port: number,
  path: string,
  environment: NodeJS.ProcessEnv,
): Promise<RunningServer> {
  const url = `http://127.0.0.1:${port}`
  const start = performance.now()
  const server = spawn(process.execPath, args, {
    // A folder without .env, and an environment without other HALLPASS_ variables.
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await untilAnswering(url + path, server)
  return {
    url,
    startMilliseconds: performance.now() - start,
    residentMegabytes: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(server.pid)])) / 1024,
    async end() {
      const exit = once(server, 'exit')
      server.kill('SIGKILL')
      await exit
    },
  }
}

async function untilAnswering(url: string, server: ChildProcess): Promise<void> {
  while (!(await answers(url))) {
    if (server.exitCode !== null) throw new Error(`The server ended with ${server.exitCode}`)
    await sleep(2)
  }
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => resolve(false))
  })
}
