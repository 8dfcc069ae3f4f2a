// What does a route keep of its throughput behind a guard, revocation checked?
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensureDebianPackages } from '../test/debian.ts'
import { type Measurement, type Result, ratioOf, summarize, type Target } from './measure.ts'

const rounds = 13
const seconds = 1

/** The baseline is the same route behind a middleware that does nothing, sent the same headers. */
const routes = {
  'a guard that does nothing': 'nothing',
  hallpass: 'hallpass',
  'hallpass, 1,000,000 revocations': 'hallpass-million',
  'hono/jwt': 'hono-jwt',
} as const

export async function run(): Promise<Result> {
  await ensureDebianPackages(['wrk'], ['which', 'wrk'])
  const { server, port, folder } = await startServer()
  try {
    const one = await measure(port, join(folder, 'one'))
    const many = await measure(port, join(folder, 'many'))
    const tables = [
      { title: 'One token', rows: one, targets: targetsOf(one, 90) },
      { title: '10,000 tokens in turn', rows: many, targets: targetsOf(many, 80) },
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

async function measure(port: number, tokens: string): Promise<Measurement[]> {
  const samples = new Map(Object.keys(routes).map((name) => [name, [] as number[]]))
  for (let round = -1; round < rounds; round++) {
    for (const [name, path] of Object.entries(routes)) {
      const rate = await load(`http://127.0.0.1:${port}/${path}`, tokens)
      // The first round warms up.
      if (round >= 0) samples.get(name)?.push(rate)
    }
  }
  return [...samples].map(([name, values]) => summarize(name, values))
}

/** Requests per second, from one thread of another process over 32 connections. */
async function load(url: string, tokens: string): Promise<number> {
  const script = new URL('tokens.lua', import.meta.url).pathname
  const args = ['-t1', '-c32', `-d${seconds}s`, '-s', script, url]
  const { stdout } = await promisify(execFile)('wrk', args, { env: { ...process.env, TOKENS: tokens } })
  if (stdout.includes('Non-2xx')) throw new Error(`${url} refused requests:\n${stdout}`)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
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
