// How much more does `hallpass serve` answer with two workers than with one?
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Passwords } from '../src/accounts/passwords/passwords.ts'
import { operatorsTurn } from '../src/accounts/passwords/queue/hash-turn.ts'
import { startDatabases } from './databases.ts'
import { fill } from './fill.ts'
import { type RunningServer, startHallpass } from './hallpass.ts'
import { type Result, ratioOf, takeTurns } from './measure.ts'
import { load } from './wrk.ts'

const rounds = 9
const password = 'wonderland at tea time'

export async function run(): Promise<Result> {
  const databases = await startDatabases()
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-bench-'))
  const servers: RunningServer[] = []
  try {
    const database = await databases.make.SQLite()
    await fill(database, {
      users: 1,
      sessionsPerUser: 0,
      passwordHash: await new Passwords({}).hash(password, operatorsTurn),
    })
    const contestants: Record<string, () => Promise<number>> = {}
    for (const [name, workers] of [
      ['1 process', 1],
      ['2 workers', 2],
    ] as const) {
      const server = await startHallpass(database, { HALLPASS_WORKERS: `${workers}`, HALLPASS_LOG_LEVEL: 'warn' })
      servers.push(server)
      const headers = join(folder, `${workers}`)
      writeFileSync(headers, `Authorization: Bearer ${await loginAt(server.url)}\n`)
      contestants[name] = () =>
        load({
          url: `${server.url}/auth/verify`,
          script: 'headers.lua',
          connections: 32,
          seconds: 1,
          environment: { HEADERS: headers },
        })
    }
    const rows = await takeTurns(contestants, rounds)
    const factor = ratioOf(rows, '2 workers', '1 process')
    const targets = [
      { demand: '2 workers ≥ 1.8 × 1 process', actual: `${factor.toFixed(2)} ×`, isReached: factor >= 1.8 },
    ]
    const title = `/auth/verify, on ${availableParallelism()} processors that wrk shares`
    return { question: 'Workers', unit: 'requests/s', tables: [{ title, rows, targets }] }
  } finally {
    for (const server of servers) await server.end()
    rmSync(folder, { recursive: true })
    await databases.remove()
  }
}

async function loginAt(url: string): Promise<string> {
  const response = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'user1', password }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}
