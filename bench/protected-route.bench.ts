// What does a route keep of its throughput behind a guard, revocation checked?
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Measurement, type Result, ratioOf, type Target, takeTurns } from './measure.ts'
import { load } from './wrk.ts'

const rounds = 19

/** The baseline is the same route behind a middleware that does nothing, sent the same headers. */
const routes = {
  'a guard that does nothing': 'nothing',
  hallpass: 'hallpass',
  'hallpass, 1,000,000 revocations': 'hallpass-million',
  'hono/jwt': 'hono-jwt',
} as const

export async function run(): Promise<Result> {
  const { server, port, folder } = await startServer()
  try {
    const one = await measure(port, join(folder, 'one'))
    const many = await measure(port, join(folder, 'many'))
    const tables = [
      { title: 'One token', rows: one, targets: targetsOf(one, 92) },
      { title: '10,000 tokens in turn', rows: many, targets: targetsOf(many, 87) },
    ]
    return { question: 'A protected route on Hono', unit: 'requests/s', tables }
  } finally {
    server.kill()
    rmSync(folder, { recursive: true })
  }
}

async function startServer(): Promise<{ server: ChildProcess; port: number; folder: string }> {
  const program = new URL('protected-route.server.ts', import.meta.url).pathname
  const server = spawn(process.execPath, ['--conditions=hallpass-source', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(server.stdout, 'data')
  return { server, ...JSON.parse(String(line)) }
}

function measure(port: number, headers: string): Promise<Measurement[]> {
  const contestants = Object.entries(routes).map(([name, path]) => {
    const url = `http://127.0.0.1:${port}/${path}`
    const environment = { HEADERS: headers }
    return [name, () => load({ url, script: 'headers.lua', connections: 32, seconds: 1, environment })] as const
  })
  return takeTurns(Object.fromEntries(contestants), rounds)
}

function targetsOf(rows: readonly Measurement[], percent: number): Target[] {
  const kept = (name: string, of: string) => ratioOf(rows, name, of) * 100
  const base = kept('hallpass', 'a guard that does nothing')
  const million = kept('hallpass, 1,000,000 revocations', 'hallpass')
  return [
    { demand: `hallpass keeps ≥ ${percent} %`, actual: `${base.toFixed(1)} %`, isReached: base >= percent },
    {
      demand: '1,000,000 revocations cost ≤ 3 % more',
      actual: `${(100 - million).toFixed(1)} %`,
      isReached: million >= 97,
    },
  ]
}
