import { execFileSync, spawn } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensureDebianPackages } from './debian.ts'
import { freePort, query } from './postgres.ts'

/** A PgBouncer in front of a PostgreSQL, with its defaults except for the mode. */
export interface PgBouncer {
  /** The address of a database through the pooler. */
  through(url: string): string
  stop(): Promise<void>
}

/** Starts PgBouncer, and installs it if it is missing. Like PostgreSQL, it refuses to run as root. */
export async function startPgBouncer(
  postgresUrl: string,
  mode: 'session' | 'transaction' | 'statement',
  settings: readonly string[] = [],
): Promise<PgBouncer> {
  await ensureDebianPackages(['pgbouncer'], ['sh', '-c', 'PATH=$PATH:/usr/sbin which pgbouncer'])
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-pgbouncer-'))
  const isRoot = process.getuid?.() === 0
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  if (isRoot) chownSync(folder, idOf('-u'), idOf('-g'))
  const port = await freePort()
  const server = new URL(postgresUrl)
  const ini = join(folder, 'pgbouncer.ini')
  // With `any`, every client is the user that the database line names.
  writeFileSync(
    ini,
    `[databases]
* = host=${server.hostname} port=${server.port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
${settings.join('\n')}
`,
    { mode: 0o644 },
  )
  const asUser = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  const [command = '', ...args] = [...asUser, 'pgbouncer', ini]
  const child = spawn(command, args, { stdio: 'ignore', cwd: folder, env: { PATH: `${process.env.PATH}:/usr/sbin` } })
  const through = (url: string) => Object.assign(new URL(url), { port: String(port) }).href
  for (let tries = 0; ; tries++) {
    try {
      await query(through(postgresUrl), 'SELECT 1')
      break
    } catch (error) {
      if (tries === 600) throw error
      await sleep(100)
    }
  }
  return {
    through,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGQUIT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
