import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { ensureDebianPackages } from '../debian.ts'
import { eventually } from '../nodes/node.ts'
import { freePort } from '../postgres.ts'

/** A proxy that runs, and where it listens: for HTTP/1.1, and for HTTP/2 without TLS. */
export interface RunningProxy {
  readonly port: number
  readonly http2Port: number
  /** What it has written so far. */
  readonly log: string
  stop(): Promise<void>
}

/** Where a proxy listens, and the folder that it may write into. */
export interface Place {
  readonly folder: string
  readonly port: number
  readonly http2Port: number
}

export type ProxyName = 'nginx' | 'Caddy' | 'HAProxy'
export const proxyNames: readonly ProxyName[] = ['nginx', 'Caddy', 'HAProxy']

const programs: Readonly<Record<ProxyName, (file: string, folder: string) => readonly string[]>> = {
  nginx: (file: string, folder: string) => ['nginx', '-e', 'stderr', '-p', folder, '-c', file],
  Caddy: (file: string) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
  HAProxy: (file: string) => ['haproxy', '-db', '-f', file],
}

/** The configuration around the lines of the page that a test needs to run them. */
const frames: Readonly<Record<ProxyName, (lines: string, place: Place) => string>> = {
  nginx(lines, { folder }) {
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    )
    const all = ['access_log off;', ...temporary, lines].join('\n')
    return `daemon off;\npid ${folder}/nginx.pid;\nevents {}\nhttp {\n${all}\n}\n`
  },
  Caddy: (lines) => `{\n  admin off\n  auto_https off\n  servers {\n    protocols h1 h2c\n  }\n}\n${lines}`,
  HAProxy: (lines) => lines,
}

/** Starts a proxy on free ports with these lines of configuration, and waits until it answers. */
export async function startProxy(
  name: ProxyName,
  parent: string,
  configure: (place: Place) => string,
): Promise<RunningProxy> {
  const folder = join(parent, name)
  mkdirSync(folder)
  // If this is root, its workers run as another user.
  for (const path of [parent, folder]) chmodSync(path, 0o755)
  await ensureDebianPackages([name.toLowerCase()], ['which', name.toLowerCase()])
  const place = { folder, port: await freePort(), http2Port: await freePort() }
  const file = write(folder, 'configuration', frames[name](configure(place), place))
  const [command, ...args] = programs[name](file, folder) as readonly [string, ...string[]]
  const child = spawn(command, args, { env: { PATH: process.env.PATH, HOME: folder } })
  let log = ''
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk) => {
      log += chunk
    })
  }
  try {
    await eventually(() => reach(place.port))
  } catch (cause) {
    throw new Error(`${name} did not start: ${log}`, { cause })
  }
  return {
    ...place,
    get log() {
      return log
    },
    stop: () => end(child),
  }
}

/** Ends a process, and waits until it has exited. */
export async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

export function write(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function reach(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
  })
}
