// How many refresh tokens can be spent within a second, of the bare updates that the database does in that time?
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { refresh } from '../src/accounts/sessions/refresh.ts'
import type { Database } from '../src/store/engine/database.ts'
import { client, giveRefreshTokens, openDecisions } from './accounts.ts'
import { startDatabases } from './databases.ts'
import { fill, sessionIdOf } from './fill.ts'
import { startHallpass } from './hallpass.ts'
import { atLeast, callsPerSecond, type Result, type Table, takeTurns } from './measure.ts'
import { load } from './wrk.ts'

const rounds = 7
const seconds = 1
const underWay = 32
/** A thousand sessions for each contestant: nobody spends the tokens of another. */
const population = { users: 1000, sessionsPerUser: 3, passwordHash: 'none' }
const sessions = { bare: numbers(1, 1000), inProcess: numbers(1001, 2000), served: numbers(2001, 3000) }

export async function run(): Promise<Result> {
  const databases = await startDatabases()
  try {
    const tables: Table[] = []
    for (const [title, make] of Object.entries(databases.make)) {
      const url = await make()
      await fill(url, population)
      tables.push(await measure(title, url))
    }
    return { question: 'Refresh', unit: 'refreshes/s', tables }
  } finally {
    await databases.remove()
  }
}

async function measure(title: string, url: string): Promise<Table> {
  const parts = await openDecisions(url)
  const bare = openBare(url)
  const server = await startHallpass(url)
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-bench-'))
  const tokens = await giveRefreshTokens(parts.database, sessions.inProcess)
  try {
    const rows = await takeTurns(
      {
        'bare UPDATE … RETURNING': () => callsPerSecond(bare.update, { underWay, seconds }),
        'in process': () =>
          callsPerSecond(
            async () => {
              // Taken out of the list meanwhile: of two at once one would lose.
              const { refreshToken } = await refresh(parts, tokens.shift() as string, client)
              tokens.push(refreshToken)
            },
            { underWay, seconds },
          ),
        'hallpass serve': () => overHttp(server.url, parts.database, join(folder, 'tokens')),
      },
      rounds,
    )
    return { title, rows, targets: [atLeast(rows, 'in process', 50, 'bare UPDATE … RETURNING')] }
  } finally {
    await server.end()
    await bare.close()
    await parts.database.close()
    rmSync(folder, { recursive: true })
  }
}

async function overHttp(url: string, database: Database, file: string): Promise<number> {
  // New ones each time: what was under way when wrk stopped is spent, and nobody knows for what.
  writeFileSync(file, (await giveRefreshTokens(database, sessions.served)).join('\n'))
  const environment = { TOKENS: file }
  return load({ url: `${url}/auth/refresh`, script: 'refresh.lua', connections: underWay, seconds, environment })
}

interface Bare {
  update(): Promise<unknown>
  close(): Promise<void>
}

/** One statement by the same index, through the same driver with the same settings, prepared once. */
function openBare(url: string): Bare {
  const statement = 'UPDATE hallpass_sessions SET refresh_hash = $1, last_used_at = $2 WHERE id = $3 RETURNING *'
  const hash = 'a'.repeat(64)
  let turn = 0
  const nextId = () => sessionIdOf(sessions.bare[turn++ % sessions.bare.length] as number)
  if (url.startsWith('sqlite:')) {
    const file = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 5000 })
    file.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    const update = file.prepare(statement)
    return {
      update: async () => update.get({ $1: hash, $2: Date.now(), $3: nextId() }),
      close: async () => file.close(),
    }
  }
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  return {
    update: () => pool.query({ name: 'bare', text: statement, values: [hash, Date.now(), nextId()] }),
    close: () => pool.end(),
  }
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
