// How long does a protected route take while more people log in than the machine can serve?
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { Passwords } from '../src/accounts/passwords/passwords.ts'
import { operatorsTurn } from '../src/accounts/passwords/queue/hash-turn.ts'
import { startDatabases } from './databases.ts'
import { fill } from './fill.ts'
import { atMost, type Measurement, type Result, type Table, takeTurns } from './measure.ts'
import { load } from './wrk.ts'

const rounds = 5
const seconds = 3
const underWay = 64
const users = 1000
const password = 'wonderland at tea time'

export async function run(): Promise<Result> {
  const passwordHash = await new Passwords({}).hash(password, operatorsTurn)
  const databases = await startDatabases()
  try {
    const tables: Table[] = []
    for (const [title, make] of Object.entries(databases.make)) {
      const url = await make()
      await fill(url, { users, sessionsPerUser: 3, passwordHash })
      tables.push(await measure(title, url))
    }
    return { question: 'A protected route during a storm of logins, 99th percentile', unit: 'ms', tables }
  } finally {
    await databases.remove()
  }
}

async function measure(title: string, database: string): Promise<Table> {
  const { server, port, token } = await startServer(database)
  let refused = 0
  const ask = async () => {
    const answers = await askProtected(`http://127.0.0.1:${port}/protected`, token)
    refused += answers.refused
    return answers.p99
  }
  const storm = () =>
    load({
      url: `http://127.0.0.1:${port}/auth/login`,
      script: 'login.lua',
      connections: underWay,
      // Longer than the measurement.
      seconds: seconds + 1,
      environment: { USERS: String(users), PASSWORD: password },
    })
  try {
    const rows: Measurement[] = await takeTurns(
      {
        idle: ask,
        'during the storm': async () => {
          const logins = storm()
          const p99 = await ask()
          await logins
          return p99
        },
      },
      rounds,
    )
    const none = { demand: 'no request refused', actual: String(refused), isReached: refused === 0 }
    return { title, rows, targets: [atMost(rows, 'during the storm', 5, 'idle'), none] }
  } finally {
    server.kill()
  }
}

async function startServer(database: string): Promise<{ server: ChildProcess; port: number; token: string }> {
  const program = new URL('login-storm.server.ts', import.meta.url).pathname
  const secret = randomBytes(32).toString('base64url')
  const server = spawn(process.execPath, ['--conditions=hallpass-source', program, database, secret], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(server, 'exit').then(() => {
    throw new Error('The server ended before it listened')
  })
  const [line] = await Promise.race([once(server.stdout, 'data'), ended])
  return { server, ...JSON.parse(String(line)) }
}

async function askProtected(url: string, token: string): Promise<{ p99: number; refused: number }> {
  const program = new URL('login-storm.load.ts', import.meta.url).pathname
  const args = [program, url, token, String(seconds)]
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout)
}
