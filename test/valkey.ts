import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensureDebianPackages } from './debian.ts'
import { freePort } from './postgres.ts'

/** A Valkey or Redis server on 127.0.0.1 that stores nothing on disk. */
export interface ValkeyServer {
  readonly url: string
  readonly process: ChildProcess
  stop(): Promise<void>
  /** Starts it again on the same port: empty, unless it saved something in a `--dir` of its own. */
  start(flags?: readonly string[]): Promise<void>
}

/** Starts Valkey if it is installed, otherwise Redis. If both are missing, it installs Redis. */
export async function startValkey(ownFlags: readonly string[] = []): Promise<ValkeyServer> {
  const probe = 'command -v valkey-server || command -v redis-server'
  await ensureDebianPackages(['redis-server'], ['sh', '-c', probe])
  const port = await freePort()
  const flags = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()]
  let server: ChildProcess

  async function start(more: readonly string[] = []): Promise<void> {
    const all = [...flags, ...ownFlags, ...more]
    server = spawn('sh', ['-c', `exec $(${probe}) "$@"`, 'sh', ...all], { stdio: 'ignore' })
    for (let tries = 0; !(await accepts(port)); tries++) {
      if (tries === 600) throw new Error('Valkey does not answer')
      await sleep(50)
    }
  }
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    get process() {
      return server
    },
    start,
    async stop() {
      if (server.exitCode !== null || server.signalCode !== null) return
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGKILL')
      await ended
    },
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => socket.destroy())
    socket.unref()
    setTimeout(() => socket.destroy(), 200).unref()
  })
}
