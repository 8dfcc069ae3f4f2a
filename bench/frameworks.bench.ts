// What does a route keep of its throughput behind a guard on Express and Fastify, and with better-auth and Flask?
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureDebianPackages } from '../test/debian.ts'
import { eventually } from '../test/nodes/node.ts'
import { freePort } from '../test/postgres.ts'
import { type Measurement, type Result, ratioOf, type Table, type Target, takeTurns } from './measure.ts'
import { load } from './wrk.ts'

/** One second each: other work of the two processors then disturbs one round, and not all fifteen. */
const rounds = 15
const nothing = 'a guard that does nothing'

interface Servers {
  readonly ports: Readonly<Record<'Express' | 'Fastify' | 'better-auth', number>>
  readonly folder: string
  readonly secret: string
}

export async function run(): Promise<Result> {
  const program = new URL('frameworks.server.ts', import.meta.url).pathname
  const server = spawn(process.execPath, ['--conditions=hallpass-source', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const [line] = await once(server.stdout, 'data')
  const { ports, folder, secret } = JSON.parse(String(line)) as Servers
  const guards = { [nothing]: 'nothing', hallpass: 'hallpass' }
  const withPeer = {
    Express: { ...guards, 'express-jwt': 'peer' },
    Fastify: { ...guards, '@fastify/jwt, cache on': 'peer' },
  }
  const flask = await startFlask(secret)
  try {
    const tables: Table[] = []
    for (const framework of ['Express', 'Fastify'] as const) {
      const one = await measure(ports[framework], withPeer[framework], join(folder, 'one'))
      tables.push({ title: `${framework}, one token`, rows: one, targets: [keeps(one, 'hallpass', 92)] })
      const many = await measure(ports[framework], withPeer[framework], join(folder, 'many'))
      tables.push({ title: `${framework}, 10,000 tokens in turn`, rows: many, targets: [keeps(many, 'hallpass', 87)] })
    }
    const sessions = { [nothing]: 'nothing', 'better-auth getSession, cookie cache on': 'peer' }
    const rows = await measure(ports['better-auth'], sessions, join(folder, 'cookie'))
    tables.push({ title: 'better-auth on Hono, one session', rows, targets: [] })
    const extended = { [nothing]: 'nothing', 'Flask-JWT-Extended': 'peer' }
    const inFlask = await measure(flask.port, extended, join(folder, 'one'))
    tables.push({ title: 'Flask, in gunicorn with one process, one token', rows: inFlask, targets: [] })
    return { question: 'A protected route on other frameworks', unit: 'requests/s', tables }
  } finally {
    server.kill()
    flask.server.kill()
    rmSync(folder, { recursive: true })
  }
}

async function startFlask(secret: string): Promise<{ server: ChildProcess; port: number }> {
  await ensureDebianPackages(
    ['python3-python-flask-jwt-extended', 'gunicorn'],
    ['/usr/bin/python3', '-c', 'import flask_jwt_extended, gunicorn'],
  )
  const port = await freePort()
  const args = ['--bind', `127.0.0.1:${port}`, '--worker-class', 'gthread', '--threads', '32', 'flask_app:app']
  const cwd = new URL('.', import.meta.url).pathname
  const env = { ...process.env, JWT_SECRET_KEY: secret, PYTHONDONTWRITEBYTECODE: '1' }
  const server = spawn('/usr/bin/gunicorn', args, { cwd, env, stdio: 'ignore' })
  await eventually(() => fetch(`http://127.0.0.1:${port}/nothing`))
  return { server, port }
}

function measure(port: number, paths: Readonly<Record<string, string>>, headers: string): Promise<Measurement[]> {
  const contestants = Object.entries(paths).map(([name, path]) => {
    const url = `http://127.0.0.1:${port}/${path}`
    const environment = { HEADERS: headers }
    return [name, () => load({ url, script: 'headers.lua', connections: 32, seconds: 1, environment })] as const
  })
  return takeTurns(Object.fromEntries(contestants), rounds)
}

function keeps(rows: readonly Measurement[], name: string, percent: number): Target {
  const kept = ratioOf(rows, name, nothing) * 100
  return { demand: `${name} keeps ≥ ${percent} %`, actual: `${kept.toFixed(1)} %`, isReached: kept >= percent }
}
