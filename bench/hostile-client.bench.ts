// What do others notice of one client that sends as much as it can of everything that it may? HOSTILE_SECONDS=600 for long.
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { authDefaults } from '../src/accounts/options.ts'
import { Passwords } from '../src/accounts/passwords/passwords.ts'
import { operatorsTurn } from '../src/accounts/passwords/queue/hash-turn.ts'
import { openDatabase } from '../src/store/engine/open-database.ts'
import { startDatabases } from './databases.ts'
import { fill } from './fill.ts'
import { type RunningServer, startHallpass } from './hallpass.ts'
import { below, type Result, summarize, type Table } from './measure.ts'

const seconds = Number(process.env.HOSTILE_SECONDS ?? 20)
const users = 1000
const password = 'wonderland at tea time'
/** What all others ask together. */
const requestsPerSecond = 100
const boundMilliseconds = 100
/** Beyond what the server has after its first requests. */
const boundMegabytes = 256
const tables = ['users', 'sessions', 'revocations', 'audit', 'counters'] as const

export async function run(): Promise<Result> {
  const passwordHash = await new Passwords({}).hash(password, operatorsTurn)
  const databases = await startDatabases()
  try {
    const measured: Table[] = []
    for (const [title, make] of Object.entries(databases.make)) {
      const url = await make()
      await fill(url, { users, sessionsPerUser: 100, passwordHash })
      measured.push(await measure(title, url))
    }
    return { question: 'Beside one hostile client, 99th percentile of /auth/me', unit: 'ms', tables: measured }
  } finally {
    await databases.remove()
  }
}

async function measure(title: string, database: string): Promise<Table> {
  const server = await startHallpass(database, { HALLPASS_LOG_LEVEL: 'warn' })
  try {
    const token = await logIn(server.url, users)
    const idle = await askMe(server, token ?? '', 5)
    const before = { megabytes: server.residentMegabytes(), rows: await countRows(database) }
    const attack = runProgram<{ sent: number; counts: object }>('hostile-client.load.ts', [
      server.url,
      String(seconds),
      password,
    ])
    const [beside, others] = await Promise.all([askMe(server, token ?? '', seconds), logInOthers(server.url)])
    const { sent, counts } = await attack
    const after = { megabytes: server.residentMegabytes(), rows: await countRows(database) }
    console.log(title, { sent, counts, others, before, after })
    const rows = [summarize('idle', [idle.p99]), summarize('beside it', [beside.p99])]
    const grown = after.megabytes - before.megabytes
    const mostSessions = before.rows.sessions + 2 * authDefaults.sessionsPerUser * (20 + others.sent)
    const targets = [
      below(rows, 'beside it', boundMilliseconds, 'ms'),
      { demand: 'no request of others refused', actual: String(beside.refused), isReached: beside.refused === 0 },
      {
        demand: 'every login of others succeeds',
        actual: `${others.succeeded} of ${others.sent}`,
        isReached: others.succeeded === others.sent,
      },
      {
        demand: `memory grows by at most ${boundMegabytes} MiB`,
        actual: `${grown.toFixed(0)} MiB, in ${sent} requests`,
        isReached: grown <= boundMegabytes,
      },
      {
        demand: `at most ${mostSessions} sessions in the table`,
        actual: String(after.rows.sessions),
        isReached: after.rows.sessions <= mostSessions,
      },
    ]
    return { title: `${title}, ${seconds} s`, rows, targets }
  } finally {
    await server.end()
  }
}

function askMe({ url }: RunningServer, token: string, forSeconds: number): Promise<{ p99: number; refused: number }> {
  return runProgram('login-storm.load.ts', [`${url}/auth/me`, token, String(forSeconds), String(requestsPerSecond)])
}

async function runProgram<Outcome>(name: string, args: readonly string[]): Promise<Outcome> {
  const program = new URL(name, import.meta.url).pathname
  return JSON.parse((await promisify(execFile)(process.execPath, [program, ...args])).stdout)
}

/** Two logins a second, each of another user, for as long as the attack lasts. */
async function logInOthers(url: string): Promise<{ readonly sent: number; readonly succeeded: number }> {
  const logins: Promise<string | undefined>[] = []
  for (let n = 0; n < 2 * seconds; n++) {
    logins.push(logIn(url, 100 + (n % 800)))
    await sleep(500)
  }
  const outcomes = await Promise.all(logins)
  return { sent: outcomes.length, succeeded: outcomes.filter((token) => token !== undefined).length }
}

async function logIn(url: string, user: number): Promise<string | undefined> {
  const response = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: `user${user}`, password }),
  })
  return ((await response.json()) as { access_token?: string }).access_token
}

async function countRows(url: string): Promise<Record<(typeof tables)[number], number>> {
  const database = await openDatabase(url)
  const counts: [string, number][] = []
  for (const name of tables) {
    const { rows } = await sql<{ count: number | string }>`
      SELECT count(*) AS count FROM ${sql.table(`hallpass_${name}`)}`.execute(database.sql)
    counts.push([name, Number(rows[0]?.count)])
  }
  await database.close()
  return Object.fromEntries(counts) as Record<(typeof tables)[number], number>
}
