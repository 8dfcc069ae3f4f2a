// How many people can log in within a second, of those whose passwords could be compared in that time? With a password, and with
// a code of an authenticator app too.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
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
const users = 1500
/**
 * Enough users that the codes of a few steps suffice. Setting one up takes as long as ten logins: recovery codes are
 * hashed.
 */
const usersWithFactor = 500
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
  const withFactor = await logInWithFactors(server.url)
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
            environment: {
              USERS: String(users - usersWithFactor),
              FIRST: String(usersWithFactor + 1),
              PASSWORD: password,
            },
          }),
        'hallpass serve, with a second factor': withFactor.round,
      },
      rounds,
    )
    return { title, rows, targets: [atLeast(rows, 'hallpass serve', 90, 'raw argon2id')] }
  } finally {
    await withFactor.end()
    await server.end()
  }
}

/** Starts a load whose users each have an app, which it sets up first. */
async function logInWithFactors(url: string): Promise<{ round: () => Promise<number>; end: () => Promise<void> }> {
  const program = new URL('login-factor.load.ts', import.meta.url).pathname
  const load = spawn(process.execPath, [program, url, String(usersWithFactor), password], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(load.stdout)[Symbol.asyncIterator]()
  await lines.next()
  return {
    async round() {
      load.stdin.write('round\n')
      const { value, done } = await lines.next()
      if (done) throw new Error('The logins with a second factor ended')
      return Number(value)
    },
    async end() {
      const exit = once(load, 'exit')
      load.stdin.end('end\n')
      await exit
    },
  }
}

async function compare(passwordHash: string): Promise<number> {
  const program = new URL('login.raw.ts', import.meta.url).pathname
  const args = [program, passwordHash, password, String(underWay), String(seconds)]
  return Number((await promisify(execFile)(process.execPath, args)).stdout)
}
