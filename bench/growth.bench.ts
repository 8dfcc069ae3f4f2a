// What do a login and a refresh cost with a million users, compared with a thousand?

import { Passwords } from '../src/accounts/passwords/passwords.ts'
import { operatorsTurn } from '../src/accounts/passwords/queue/hash-turn.ts'
import { login } from '../src/accounts/sessions/login.ts'
import type { SessionParts } from '../src/accounts/sessions/parts.ts'
import { refresh } from '../src/accounts/sessions/refresh.ts'
import { client, giveRefreshTokens, openDecisions } from './accounts.ts'
import { startDatabases } from './databases.ts'
import { fill } from './fill.ts'
import { atMost, type Result, type Table, takeTurns } from './measure.ts'

const rounds = 11
const roundMilliseconds = 500
const sessionsPerUser = 3
const sizes = { '1,000 users, 3,000 sessions': 1000, '1,000,000 users, 3,000,000 sessions': 1_000_000 } as const

/** A hash that costs almost nothing, so that a login measures the database. */
const passwords = { memoryKiB: 64, passes: 1 }
const password = 'wonderland at tea time'

export async function run(): Promise<Result> {
  const passwordHash = await new Passwords(passwords).hash(password, operatorsTurn)
  const databases = await startDatabases()
  try {
    const tables: Table[] = []
    for (const [name, make] of Object.entries(databases.make)) {
      const opened: Opened[] = []
      for (const [title, users] of Object.entries(sizes)) {
        const url = await make()
        await fill(url, { users, sessionsPerUser, passwordHash })
        opened.push({ title, users, parts: await openDecisions(url, passwords) })
      }
      tables.push(await compare(`Login on ${name}, the password's hash apart`, opened, makeLogin))
      tables.push(await compare(`Refresh on ${name}`, opened, makeRefresh))
      for (const { parts } of opened) await parts.database.close()
    }
    return { question: 'Growth', unit: 'µs', tables }
  } finally {
    await databases.remove()
  }
}

interface Opened {
  readonly title: string
  readonly users: number
  readonly parts: SessionParts
}

type Call = () => Promise<unknown>

async function compare(
  title: string,
  opened: readonly Opened[],
  makeCall: (opened: Opened) => Promise<Call>,
): Promise<Table> {
  const contestants: Record<string, () => Promise<number>> = {}
  for (const one of opened) {
    const call = await makeCall(one)
    contestants[one.title] = () => microsecondsOf(call)
  }
  const rows = await takeTurns(contestants, rounds)
  const [small, large] = opened.map((one) => one.title) as [string, string]
  return { title, rows, targets: [atMost(rows, large, 1.2, small)] }
}

async function makeLogin({ parts, users }: Opened): Promise<Call> {
  return () => login(parts, { username: `user${Math.floor(Math.random() * users) + 1}`, password }, client)
}

/** Enough sessions that each is refreshed about once: most pages are read for the first time, as in practice. */
async function makeRefresh({ parts, users }: Opened): Promise<Call> {
  const sessions = users * sessionsPerUser
  const numbers = Array.from({ length: Math.min(sessions, 20_000) }, () => Math.floor(Math.random() * sessions) + 1)
  const tokens = await giveRefreshTokens(parts.database, [...new Set(numbers)])
  let turn = 0
  return async () => {
    const at = turn++ % tokens.length
    tokens[at] = (await refresh(parts, tokens[at] as string, client)).refreshToken
  }
}

/** Makes one call after the other: the time that a client waits. */
async function microsecondsOf(call: Call): Promise<number> {
  const start = performance.now()
  let calls = 0
  while (performance.now() < start + roundMilliseconds) {
    await call()
    calls++
  }
  return ((performance.now() - start) * 1000) / calls
}
