// What does a route keep of its throughput behind a guard on Express and Fastify, and with better-auth?
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Measurement, type Result, ratioOf, type Table, type Target, takeTurns } from './measure.ts'
import { load } from './wrk.ts'

const rounds = 9
const nothing = 'a guard that does nothing'

interface Servers {
  readonly ports: Readonly<Record<'Express' | 'Fastify' | 'better-auth', number>>
  readonly folder: string
}

export async function run(): Promise<Result> {
  const program = new URL('frameworks.server.ts', import.meta.url).pathname
  const server = spawn(process.execPath, ['--conditions=hallpass-source', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const [line] = await once(server.stdout, 'data')
  const { ports, folder } = JSON.parse(String(line)) as Servers
  const guards = { [nothing]: 'nothing', hallpass: 'hallpass' }
  const withPeer = {
    Express: { ...guards, 'express-jwt': 'peer' },
    Fastify: { ...guards, '@fastify/jwt, cache on': 'peer' },
  }
  try {
    const tables: Table[] = []
    for (const framework of ['Express', 'Fastify'] as const) {
      const one = await measure(ports[framework], withPeer[framework], join(folder, 'one'))
      tables.push({ title: `${framework}, one token`, rows: one, targets: [keeps(one, 'hallpass', 90)] })
      const many = await measure(ports[framework], withPeer[framework], join(folder, 'many'))
      tables.push({ title: `${framework}, 10,000 tokens in turn`, rows: many, targets: [keeps(many, 'hallpass', 80)] })
    }
    const sessions = { [nothing]: 'nothing', 'better-auth getSession, cookie cache on': 'peer' }
    const rows = await measure(ports['better-auth'], sessions, join(folder, 'cookie'))
    tables.push({ title: 'better-auth on Hono, one session', rows, targets: [] })
    return { question: 'A protected route on other frameworks', unit: 'requests/s', tables }
  } finally {
    server.kill()
    rmSync(folder, { recursive: true })
  }
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
