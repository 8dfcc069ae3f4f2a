import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Database, Sql } from '../../src/store/engine/database.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { accounts } from '../../src/store/migrations/0001-accounts.ts'
import { keysAndFeed } from '../../src/store/migrations/0002-keys-and-feed.ts'
import { sharedFacts } from '../../src/store/migrations/0003-shared-facts.ts'
import { mailAndFactors } from '../../src/store/migrations/0004-mail-and-factors.ts'
import { waysIn } from '../../src/store/migrations/0005-ways-in.ts'
import { migrate, migrationStatus, requireMigrated } from '../../src/store/migrations/migrate.ts'
import type { Migration } from '../../src/store/migrations/migration.ts'
import { withMigrationLock } from '../../src/store/migrations/migration-lock.ts'
import { readRevocations } from '../../src/store/revocations/revocation-journal.ts'
import { findUser } from '../../src/store/users/users.ts'
import { password, startService } from '../auth/service.ts'
import { emptyDatabases, type TestDatabase } from '../databases.ts'
import { startNetwork } from '../network.ts'
import { eventually } from '../nodes/node.ts'
import { startPgBouncer } from '../pgbouncer.ts'
import { createDatabase, patient, query } from '../postgres.ts'

/** As databases store it. */
function checksumOf({ preparations, statements }: Migration): string {
  const text = JSON.stringify(preparations === undefined ? statements : [preparations, statements])
  return createHash('sha256').update(text).digest('hex')
}

// Those after 0.1.0 too: databases that ran an unreleased version have them.
it.each<[Migration, isAdditive: boolean, checksum: string]>([
  [accounts, false, 'f12acde232fcf9999f88610488a21b4303665b7d5d35f87a78c97d24d2e24fcb'],
  [keysAndFeed, false, 'dc7ef2d3016a721cda34cd33fc8ca9016b2952112931a5e2132888ea791f6441'],
  [sharedFacts, true, '0717dc4d4964ce2e3c54a880a37f23ed0a25ca5451da6e8af2c2fa10c6903219'],
  [mailAndFactors, true, '65d9e6c6ef57d487803f4b3ae22ddc6b0f1ee97697c49075c031a6b7560ce8d4'],
  [waysIn, true, 'df84cc755f42775cfdfa3778215b95fe22dee5418c43a68afc92e994cacea9bc'],
])('migration $0.number, $0.name, is unchanged', (migration, isAdditive, checksum) => {
  expect([migration.isAdditive, checksumOf(migration)]).toEqual([isAdditive, checksum])
})

/** The migrations that a database of 0.1.0 lacks. */
const unreleased = ['0003-shared-facts', '0004-mail-and-factors', '0005-ways-in']

/** Makes a database as 0.1.0 left it: two users, one disabled, two sessions, and a token that was revoked twice. */
async function makeReleased({ kind, sql: db }: Database): Promise<void> {
  await sql`CREATE TABLE hallpass_migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL
  )`.execute(db)
  for (const migration of [accounts, keysAndFeed]) {
    const texts = migration.statements.flatMap((text) => (typeof text === 'string' ? text : text[kind]))
    for (const text of texts) await sql.raw(text).execute(db)
    const row = { number: migration.number, name: migration.name, checksum: checksumOf(migration), applied_at: 0 }
    await db.insertInto('hallpass_migrations').values(row).execute()
  }
  const rest = `'x', 0, 0, 9, 9)`
  for (const text of [
    "INSERT INTO hallpass_users VALUES ('a', 'a', 'a', NULL, NULL, 'h', '[]', NULL, 0, NULL, 0, 0)",
    "INSERT INTO hallpass_users VALUES ('b', 'b', 'b', NULL, NULL, 'h', '[]', 5, 5, NULL, 0, 0)",
    `INSERT INTO hallpass_sessions (id, user_id, family_hash, sealed_successor, refresh_hash, created_at, last_used_at,
      idle_expires_at, expires_at) VALUES ('s', 'a', 'f', 'sealed', ${rest}, ('t', 'a', 'g', NULL, ${rest}`,
    "INSERT INTO hallpass_revocations (kind, id, expires_at) VALUES ('token', 'j', 7), ('token', 'j', 7)",
  ]) {
    await sql.raw(text).execute(db)
  }
}

/** Runs a transaction that may be idle on a busy machine: PostgreSQL ends those of requests after ten seconds. */
const holdTransaction = <Result>({ unlimited }: Database, work: (trx: Sql) => Promise<Result>) =>
  unlimited((db) => db.transaction().execute(work))

describe.each(emptyDatabases)('a database of 0.1.0 on $name', ({ name, open }) => {
  let test: TestDatabase
  let database: Database
  beforeEach(async () => {
    test = await open()
    database = await openDatabase(test.url)
    await makeReleased(database)
  })
  afterEach(async () => {
    await database.close()
    await test.drop()
  })

  it('is migrated by one of two concurrent processes', async () => {
    const other = await openDatabase(test.url)
    for (const mayMake of [false, true]) {
      await expect(requireMigrated(other, { mayMake })).rejects.toMatchObject({ code: 'database_invalid' })
    }
    const applied = await Promise.all([migrate(database), migrate(other)])
    expect(applied.flat()).toEqual(unreleased)
    await requireMigrated(other)
    await other.close()
    const sessions = await database.sql.selectFrom('hallpass_sessions').selectAll().orderBy('id').execute()
    expect(sessions).toMatchObject([
      { id: 's', sealed_successor: null, spends: '', recovered_at: null },
      { id: 't', sealed_successor: null },
    ])
    expect(await findUser(database.sql, 'b')).toMatchObject({ disabledAt: new Date(5) })
    const { revocations } = await readRevocations(database, '')
    expect(revocations.map(({ kind, id, validFrom }) => [kind, id, validFrom])).toEqual([
      ['token', 'j', null],
      ['token', 'j', null],
      ['disabled', 'b', 1],
    ])
  })

  it('keeps kinds of revocations that 0.1.0 can read, and lets 0.1.0 insert one again', async () => {
    await migrate(database)
    const again = sql`INSERT INTO hallpass_revocations (kind, id, expires_at) VALUES ('token', 'j', 7)`
    await again.execute(database.sql)
    const kinds = await database.sql.selectFrom('hallpass_revocations').select('kind').distinct().execute()
    expect(kinds.map(({ kind }) => kind).sort()).toEqual(['token', 'user'])
    // The table that 0.1.0 reads.
    const numbers = await database.sql.selectFrom('hallpass_migrations').select('number').orderBy('number').execute()
    expect(numbers).toEqual([{ number: 1 }, { number: 2 }])
  })

  it('is served by a node that does not know a later migration, if that is additive', async () => {
    await migrate(database)
    const service = await startService(test.url)
    await sql`INSERT INTO hallpass_additive_migrations VALUES (98, 'later', 'x', 0)`.execute(database.sql)
    await service.auth.ready()
    expect(await migrate(database)).toEqual([])
    await sql`INSERT INTO hallpass_migrations VALUES (99, 'other', 'x', 0)`.execute(database.sql)
    await expect(service.auth.ready()).rejects.toMatchObject({ code: 'database_newer' })
    await expect(migrate(database)).rejects.toMatchObject({ code: 'database_newer' })
    await service.auth.close()
  })

  if (name === 'SQLite') return

  it('waits for a table that is in use, and does not block others meanwhile', async () => {
    const lines: string[] = []
    const isWaiting = Promise.withResolvers<void>()
    let migrating: Promise<unknown> | undefined
    await holdTransaction(database, async (trx) => {
      await trx.selectFrom('hallpass_sessions').select('id').execute()
      migrating = migrate(database, (line) => {
        lines.push(line)
        if (line.includes('uses the table')) isWaiting.resolve()
      })
      await isWaiting.promise
      expect(await database.sql.selectFrom('hallpass_sessions').select('id').execute()).toHaveLength(2)
    })
    await migrating
    expect(lines.filter((line) => line.includes('uses the table')).length).toBeGreaterThan(0)
  })

  it.each([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
  ])('goes on if the listener of its progress %s, also while an index is made', async (_how, failing) => {
    const isIndexing = Promise.withResolvers<void>()
    const outcome = await holdTransaction(database, async (trx) => {
      // An index waits for each transaction that could still see the table without it.
      await sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`.execute(trx)
      await sql`SELECT 1 FROM hallpass_clients`.execute(trx)
      const migrated = migrate(database, (line) => {
        if (line.includes('waiting for old snapshots')) isIndexing.resolve()
        return failing()
      })
      migrated.catch(isIndexing.reject)
      await isIndexing.promise
      return { migrated }
    })
    expect(await outcome.migrated).toEqual(unreleased)
  })
  function fail(): never {
    throw new Error('no log')
  }

  /**
   * Migrates while a transaction reads sessions, which blocks the step that adds a column, and calls `meanwhile` then.
   */
  async function whileHeldUp(migrating: Database, meanwhile: () => Promise<unknown>): Promise<readonly string[]> {
    const isWaiting = Promise.withResolvers<void>()
    const outcome = await holdTransaction(database, async (trx) => {
      await trx.selectFrom('hallpass_sessions').select('id').execute()
      const migrated = migrate(migrating, (line) => line.includes('uses the table') && isWaiting.resolve())
      migrated.catch(() => {})
      await isWaiting.promise
      await meanwhile()
      return { migrated }
    })
    return outcome.migrated
  }

  /** Returns when the connection has ended. */
  const endHolder = `SELECT pg_terminate_backend(pid, 600000) FROM pg_locks
    WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

  it('may take longer than the database and a pooler let transactions be idle', async () => {
    const name = new URL(test.url).pathname.slice(1)
    await query(test.url, `ALTER DATABASE ${name} SET idle_in_transaction_session_timeout = '4s'`)
    const pooler = await startPgBouncer(test.url, 'transaction', ['idle_transaction_timeout = 4'])
    const through = await openDatabase(pooler.through(test.url))
    expect(await whileHeldUp(through, () => sleep(6000))).toEqual(unreleased)
    await through.close()
    await pooler.stop()
  })

  it('stops if its lock is lost, and can be continued', async () => {
    const migrated = whileHeldUp(database, async () => {
      await query(test.url, endHolder)
      await sleep(500)
    })
    await expect(migrated).rejects.toMatchObject({ name: 'LockLost' })
    expect((await migrationStatus(database)).pending).toEqual(unreleased)
    expect(await migrate(database)).toEqual(unreleased)
  })

  it('succeeds if its lock is lost afterwards', async () => {
    const done = withMigrationLock(
      database,
      () => {},
      async () => {
        await query(test.url, endHolder)
        return 'done'
      },
    )
    expect(await done).toBe('done')
  })

  const untilAborted = (signal: AbortSignal) =>
    new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  const silenced: [what: string, work: (lost: AbortSignal) => Promise<unknown>, outcome: string][] = [
    ['is noticed', (lost) => untilAborted(lost).then(() => lost.throwIfAborted()), 'LockLost'],
    ['does not undo work that noticed it and is done', (lost) => untilAborted(lost).then(() => 'done'), 'done'],
    ['does not undo work that was done before', async () => 'done', 'done'],
  ]
  it.each(silenced)('a lock whose connection goes silent %s', async (_what, work, outcome) => {
    const network = await startNetwork(Number(new URL(test.url).port))
    const through = await openDatabase(Object.assign(new URL(test.url), { port: network.port }).href)
    const silentWork = (lost: AbortSignal) => {
      network.hold()
      return work(lost)
    }
    const ended = withMigrationLock(through, () => {}, silentWork, 2_000)
    expect(await ended.catch((error) => error.name)).toBe(outcome)
    await through.close()
    network.close()
  })

  it('is tried again after a deadlock with a transaction that changes the table', async () => {
    // The migration checks for a deadlock after waiting this long. The transaction never does.
    const name = new URL(test.url).pathname.slice(1)
    await query(test.url, `ALTER DATABASE ${name} SET deadlock_timeout = '2s'`)
    const other = await openDatabase(test.url)
    const isHeldUp = Promise.withResolvers<void>()
    let migrated: Promise<readonly string[]> | undefined
    await other.unlimited((db) =>
      db.transaction().execute(async (changing) => {
        await sql`SET LOCAL deadlock_timeout = '10min'`.execute(changing)
        // Not on a connection of a node's pool, because the previous step closes those.
        await db.transaction().execute(async (reading) => {
          await reading.selectFrom('hallpass_audit').select('id').execute()
          migrated = migrate(other, (line) => line.includes('uses the table') && isHeldUp.resolve())
          migrated.catch(() => {})
          await isHeldUp.promise
          await sql`UPDATE hallpass_sessions SET user_agent = 'x'`.execute(changing)
        })
        const isIndexing = `SELECT 1 FROM pg_locks WHERE relation = 'hallpass_sessions'::regclass
          AND mode = 'ShareUpdateExclusiveLock' AND granted`
        while ((await query(test.url, isIndexing)).length === 0) await sleep(20)
        await sql`LOCK TABLE hallpass_sessions IN SHARE UPDATE EXCLUSIVE MODE`.execute(changing)
      }),
    )
    expect(await migrated).toEqual(unreleased)
    await other.close()
  })

  it('continues where it was interrupted: an unfinished index is created again', async () => {
    // A crash leaves an index that exists and is not used.
    const broken = `CREATE UNIQUE INDEX CONCURRENTLY hallpass_sessions_of_user ON hallpass_sessions (user_id)`
    await expect(sql.raw(broken).execute(database.sql)).rejects.toMatchObject({ code: '23505' })
    await sql`ALTER TABLE hallpass_users ADD COLUMN standing INTEGER NOT NULL DEFAULT 0`.execute(database.sql)
    await sql`CREATE TABLE hallpass_clock (id INTEGER PRIMARY KEY CHECK (id = 1), seen_at BIGINT NOT NULL)`.execute(
      database.sql,
    )
    expect(await migrate(database)).toEqual(unreleased)
    const { rows } = await sql<{ text: string }>`SELECT indexdef AS text FROM pg_indexes
      WHERE tablename = 'hallpass_sessions' AND indexname LIKE 'hallpass_sessions_%user%'`.execute(database.sql)
    expect(rows.map(({ text }) => text)).toEqual([
      'CREATE INDEX hallpass_sessions_of_user ON public.hallpass_sessions USING btree (user_id, revoked_at, id)',
    ])
    expect((await query(test.url, 'SELECT 1 FROM pg_index WHERE NOT indisvalid')).length).toBe(0)
  })

  it('is the same in the end as a new database', async () => {
    await migrate(database)
    const fresh = await open()
    const other = await openDatabase(fresh.url)
    await migrate(other)
    await other.close()
    const shape = `SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
      WHERE table_name LIKE 'hallpass%' ORDER BY 1, 2`
    const indices = "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'hallpass%' ORDER BY 1"
    for (const text of [shape, indices]) expect(await query(test.url, text)).toEqual(await query(fresh.url, text))
  })
})

describe('a PostgreSQL role that owns nothing', () => {
  it('can serve a database that is up to date, and is told what to do if it is not', async () => {
    const url = patient(await createDatabase(inject('postgresUrl')))
    const role = `role_${crypto.randomUUID().replaceAll('-', '')}`
    await query(url, `CREATE ROLE ${role} LOGIN; REVOKE CREATE ON SCHEMA public FROM public`)
    const asRole = Object.assign(new URL(url), { username: role }).href
    const restricted = await openDatabase(asRole)
    await expect(migrate(restricted)).rejects.toMatchObject({
      code: 'database_invalid',
      message: expect.stringMatching(/hallpass migrate/),
    })
    const owner = await openDatabase(url)
    await migrate(owner)
    await query(url, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`)
    expect((await migrationStatus(restricted)).pending).toEqual([])
    const service = await startService(asRole)
    await service.newcomer('alice')
    const login = await service.call('POST', '/auth/login', { body: { username: 'alice', password } })
    expect(login.status).toBe(200)
    await service.auth.ready()
    await service.auth.close()
    await restricted.close()
    await owner.close()
  })

  it('is told which connections it may not close, and what to grant', async () => {
    const url = patient(await createDatabase(inject('postgresUrl')))
    const name = new URL(url).pathname.slice(1)
    const [owner, server] = ['owner', 'server'].map((role) => `${role}_${crypto.randomUUID().replaceAll('-', '')}`)
    await query(url, `CREATE ROLE ${owner} LOGIN; CREATE ROLE ${server} LOGIN; GRANT ALL ON SCHEMA public TO ${owner}`)
    const [asOwner, asServer] = [owner, server].map((username) => Object.assign(new URL(url), { username }).href)
    const [migrating, serving] = [await openDatabase(asOwner as string), await openDatabase(asServer as string)]
    const lines: string[] = []
    const closeLine = () => lines.filter((line) => line.includes('could not be closed'))
    await makeReleased(migrating)
    await serving.query('SELECT 1', [])
    await migrate(migrating, (line) => lines.push(line))
    const line = new RegExp(`: 1 connections of the role ${server} .*GRANT pg_signal_backend TO ${owner} `)
    // One line for each step that adds columns to a table of prepared statements.
    const breaking = unreleased.filter((name) => name !== '0005-ways-in')
    expect(closeLine()).toEqual(breaking.map(() => expect.stringMatching(line)))
    await serving.query('SELECT 1', [])

    // With the grant, it closes them: the next query has another connection.
    const pid = async () => (await serving.query('SELECT pg_backend_pid() AS pid', [])).rows[0]
    const before = await pid()
    await query(url, `GRANT pg_signal_backend TO ${owner}; DROP OWNED BY ${owner}`)
    await query(url, `GRANT ALL ON SCHEMA public TO ${owner}; GRANT pg_signal_backend TO ${owner}`)
    await query(url, `GRANT CONNECT ON DATABASE ${name} TO ${owner}`)
    await makeReleased(migrating)
    lines.length = 0
    await migrate(migrating, (line) => lines.push(line))
    expect(closeLine()).toEqual([])
    await eventually(async () => expect(await pid()).not.toEqual(before))
    await migrating.close()
    await serving.close()
  })

  const wrong: [what: string, change: (url: URL) => void][] = [
    ['there is no such database', (url) => Object.assign(url, { pathname: '/nowhere' })],
    ['there is no such role', (url) => Object.assign(url, { username: 'nobody' })],
  ]
  it.each(wrong)('is told that %s', async (_what, change) => {
    const url = new URL(inject('postgresUrl'))
    change(url)
    const database = await openDatabase(url.href)
    await expect(migrate(database)).rejects.toMatchObject({ code: 'database_invalid' })
    await database.close()
  })

  it('is told that the encoding is not Unicode, or that there is no TLS', async () => {
    const server = inject('postgresUrl')
    const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
    await query(server, `CREATE DATABASE ${name} ENCODING 'LATIN1' TEMPLATE template0`)
    const latin = await openDatabase(server.replace(/\/\w+$/, `/${name}`))
    await expect(migrate(latin)).rejects.toMatchObject({
      code: 'database_invalid',
      message: expect.stringContaining("ENCODING 'UTF8'"),
    })
    await latin.close()
    const encrypted = await openDatabase(`${server}?sslmode=prefer`)
    await expect(migrate(encrypted)).rejects.toMatchObject({
      code: 'database_invalid',
      message: expect.stringContaining('sslmode=disable'),
    })
    await encrypted.close()
  })

  it('is told why there is no connection, even if a name has several addresses', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const database = await openDatabase(`postgres://${host}:1/app`)
      await expect(migrate(database)).rejects.toMatchObject({
        code: 'ECONNREFUSED',
        message: expect.stringContaining('ECONNREFUSED 127.0.0.1:1'),
      })
      await database.close()
    }
  })
})
