// How many people can log in within a second, of those whose passwords could be compared in that time?
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Passwords } from '../src/accounts/passwords/passwords.ts'
import { operatorsTurn } from '../src/accounts/passwords/queue/hash-turn.ts'
import { startDatabases } from './databases.ts'
import { fill } from './fill.ts'
import { startHallpass } from './hallpass.ts'
import { atLeast, type Result, type Table, takeTurns } from './measure.ts'
import { load } from './wrk.ts'

const rounds = 5
const seconds = 2
const underWay = 16
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
      tables.push(await measure(title, url, passwordHash))
    }
    return { question: 'Login', unit: 'logins/s', tables }
  } finally {
    await databases.remove()
  }
}

async function measure(title: string, database: string, passwordHash: string): Promise<Table> {
  const server = await startHallpass(database)
  try {
    const rows = await takeTurns(
      {
        'raw argon2id': () => compare(passwordHash),
        'hallpass serve': () =>
          load({
            url: `${server.url}/auth/login`,
            script: 'login.lua',
            connections: underWay,
            seconds,
            environment: { USERS: String(users), PASSWORD: password },
          }),
      },
      rounds,
    )
    return { title, rows, targets: [atLeast(rows, 'hallpass serve', 90, 'raw argon2id')] }
  } finally {
    await server.end()
  }
}

async function compare(passwordHash: string): Promise<number> {
  const program = new URL('login.raw.ts', import.meta.url).pathname
  const args = [program, passwordHash, password, String(underWay), String(seconds)]
  return Number((await promisify(execFile)(process.execPath, args)).stdout)
}
