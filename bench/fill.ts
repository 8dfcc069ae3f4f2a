import { DatabaseSync } from 'node:sqlite'
import { openAccounts } from 'hallpass/auth'
import pg from 'pg'

/** The users in a database before a measurement. They are called user1, user2 and so on, and share one password. */
export interface Population {
  readonly users: number
  readonly sessionsPerUser: number
  readonly passwordHash: string
}

/** The expressions in which the two databases differ. All other SQL below is the same for both. */
const dialects = {
  sqlite: {
    numbers: (count: number) =>
      `RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})`,
    id: (n: string) => `printf('01900000-0000-7000-8000-%012x', ${n})`,
    randomHash: 'lower(hex(randomblob(32)))',
  },
  postgres: {
    numbers: (count: number) => `numbers(n) AS (SELECT generate_series(1, ${count}))`,
    id: (n: string) => `'01900000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0')`,
    randomHash: 'md5(random()::text) || md5(random()::text)',
  },
} as const

/** Creates the tables and inserts the users: a million of them in well under a minute. */
export async function fill(url: string, population: Population): Promise<void> {
  const accounts = await openAccounts({ database: url })
  await accounts.close()
  return url.startsWith('sqlite:') ? fillSqlite(url.slice('sqlite:'.length), population) : fillPostgres(url, population)
}

/** Creates the tables and inserts revocations that have not expired, most of them logouts. SQLite only. */
export async function fillRevocations(url: string, count: number): Promise<void> {
  const accounts = await openAccounts({ database: url })
  await accounts.close()
  const file = new DatabaseSync(url.slice('sqlite:'.length))
  file.exec(`WITH ${dialects.sqlite.numbers(count)}
    INSERT INTO hallpass_revocations (kind, id, valid_from, expires_at)
    SELECT CASE n % 10 WHEN 0 THEN 'user' WHEN 1 THEN 'token' ELSE 'session' END, ${dialects.sqlite.id('n')},
      CASE n % 10 WHEN 0 THEN ${Date.now()} END, ${Date.now() + 60 * 60 * 1000}
    FROM numbers`)
  file.close()
}

/** The id of the nth session. Ids begin with 1. */
export function sessionIdOf(n: number): string {
  return `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}

function fillSqlite(path: string, population: Population): void {
  const file = new DatabaseSync(path)
  // This need not survive a crash, and the indexes fit into a gigabyte.
  file.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000')
  for (const statement of statements(population, dialects.sqlite)) file.exec(statement)
  file.exec('ANALYZE; PRAGMA journal_mode = WAL')
  file.close()
}

async function fillPostgres(url: string, population: Population): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // Disables foreign keys: otherwise, each session would look up its user.
    await client.query("SET session_replication_role = 'replica'")
    for (const statement of statements(population, dialects.postgres)) await client.query(statement)
    await client.query('VACUUM ANALYZE')
    await client.query('CHECKPOINT')
  } finally {
    await client.end()
  }
}

function statements(
  { users, sessionsPerUser, passwordHash }: Population,
  { numbers, id, randomHash }: (typeof dialects)[keyof typeof dialects],
): string[] {
  const now = Date.now()
  const end = now + 30 * 24 * 60 * 60 * 1000
  return [
    `WITH ${numbers(users)}
      INSERT INTO hallpass_users (id, username, username_normal, email, email_normal, password_hash, created_at, updated_at)
      SELECT ${id('n')}, 'user' || n, 'user' || n, 'user' || n || '@example.com', 'user' || n || '@example.com',
        '${passwordHash}', ${now}, ${now}
      FROM numbers`,
    `WITH ${numbers(users * sessionsPerUser)}
      INSERT INTO hallpass_sessions (id, user_id, family_hash, refresh_hash, created_at, last_used_at, idle_expires_at,
        expires_at, user_agent, address)
      SELECT ${id('n')}, ${id(`n % ${users} + 1`)}, ${randomHash}, ${randomHash}, ${now}, ${now}, ${end},
        ${end}, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', '127.0.0.1'
      FROM numbers`,
  ]
}
