import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { chownSync, globSync, mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { ensureDebianPackages } from './debian.ts'

/** A PostgreSQL server on 127.0.0.1, in a folder that is removed with it. */
export interface PostgresServer {
  /** The address of its first database, `postgres`. */
  readonly url: string
  readonly process: ChildProcess
  /** Starts it again on the same folder and port, after it was stopped or killed. */
  restart(): Promise<void>
  /** Pauses or resumes it, with the processes of its connections. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void>
  /** Stops it at once, and removes its folder. */
  remove(): Promise<void>
}

/**
 * Settings for a server whose files need not survive a power failure, and whose databases live for minutes. Vacuuming
 * the hundreds of databases of a run would be half of its work.
 */
export const cheap: readonly string[] = [
  'fsync=off',
  'full_page_writes=off',
  'autovacuum=off',
  'max_wal_size=8GB',
  'checkpoint_timeout=1h',
]

/**
 * Starts PostgreSQL, and installs it if it is missing. It refuses to run as root, so root starts it as `postgres`.
 * @param settings Instead of those that make it cheap. None: a server as operators run it.
 * @param primaryUrl The address of its primary, if it is to be a standby.
 */
export async function startPostgres(settings: readonly string[] = cheap, primaryUrl?: string): Promise<PostgresServer> {
  await ensureDebianPackages(['postgresql'], ['sh', '-c', 'ls /usr/lib/postgresql/*/bin/initdb || which initdb'])
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-postgres-'))
  const data = join(folder, 'data')
  const isRoot = process.getuid?.() === 0
  if (isRoot) {
    const [user, group] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
    )
    chownSync(folder, user as number, group as number)
  }
  const asUser = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  const command = (name: string, ...args: string[]) =>
    [...asUser, join(programs(), name), ...args] as [string, ...string[]]

  const [program, ...programArgs] =
    primaryUrl === undefined
      ? command('initdb', '-N', '-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C')
      : command('pg_basebackup', '-N', '-D', data, '-R', '--checkpoint=fast', '-d', primaryUrl)
  execFileSync(program, programArgs, { stdio: 'ignore', cwd: folder })
  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const own = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200']
  const flags = [...own, ...settings].flatMap((setting) => ['-c', setting])

  async function start(): Promise<ChildProcess> {
    const [postgres, ...args] = command('postgres', '-D', data, ...flags)
    const server = spawn(postgres, args, { stdio: 'ignore', cwd: folder })
    await untilAnswering(url)
    return server
  }

  let server = await start()
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGQUIT')
    await ended
  }
  return {
    url,
    get process() {
      return server
    },
    async restart() {
      await stop()
      server = await start()
    },
    async signal(signal) {
      await ensureDebianPackages(['procps'], ['sh', '-c', 'command -v pgrep'])
      const children = execFileSync('pgrep', ['-P', `${server.pid}`], { encoding: 'utf8' })
      for (const pid of [...children.trim().split('\n').map(Number), server.pid as number]) process.kill(pid, signal)
    },
    async remove() {
      await stop()
      // In another process: deleting some ten thousand files here blocked for so long that Vitest considered a worker
      // stuck.
      await promisify(execFile)('rm', ['-rf', folder])
    },
  }
}

/**
 * A new database on a server.
 * @param template What it is a copy of. Otherwise it is empty.
 * @returns Its address.
 */
export async function createDatabase(serverUrl: string, template = 'template1'): Promise<string> {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  const { client, strategy } = await makerOn(serverUrl)
  await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} ${strategy}`)
  return serverUrl.replace(/\/\w+$/, `/${name}`)
}

interface Maker {
  readonly client: pg.Client
  readonly strategy: string
}

/** Connections that make databases: each costs the server a twentieth of a second, and a run makes hundreds of databases. */
const makers = new Map<string, Promise<Maker>>()

function makerOn(serverUrl: string): Promise<Maker> {
  const maker = makers.get(serverUrl) ?? connectMaker(serverUrl)
  makers.set(serverUrl, maker)
  return maker
}

async function connectMaker(serverUrl: string): Promise<Maker> {
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: 60_000 })
  // Its server was stopped.
  client.on('error', () => makers.delete(serverUrl))
  await client.connect()
  // It must not keep the process alive. The types leave this out.
  ;(client as unknown as { unref(): void }).unref()
  const { rows } = await client.query("SELECT current_setting('server_version_num')::int AS version")
  // Copied as files, as it always was before version 15: written to the log, it would be written twice.
  return { client, strategy: rows[0].version >= 150_000 ? 'STRATEGY = FILE_COPY' : '' }
}

/**
 * The address with two minutes for a statement instead of five seconds: on a busy machine, hallpass would otherwise answer
 * some of many concurrent requests with 503.
 */
export function patient(url: string): string {
  return `${url}?statement_timeout=120000`
}

export function query(url: string, text: string): Promise<unknown[]> {
  return connected(url, async (client) => (await client.query(text)).rows)
}

async function connected<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  // PgBouncer rejects a connection that begins with the time of a statement.
  const [connectionString] = url.split('?')
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 60_000 })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The folder of the newest version that Debian has installed, or the path. */
function programs(): string {
  const [newest] = globSync('/usr/lib/postgresql/*/bin').sort().reverse()
  return newest ?? ''
}

async function untilAnswering(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await query(url, 'SELECT 1')
      return
    } catch (error) {
      if (tries === 600) throw error
      await sleep(100)
    }
  }
}

/** Ports that this process has handed out. Nothing may listen on them yet. */
const handedOut = new Set<number>()

/**
 * A free port for a server that may start minutes later. It is below 32768, where the system's automatic ports begin:
 * otherwise, any connection could take it meanwhile.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000)
    if (handedOut.has(port) || !(await isFree(port))) continue
    handedOut.add(port)
    return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().on('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
