import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Sql } from '../../src/store/engine/database.ts'
import { isPassingFault } from '../../src/store/engine/faults.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { password, type Reply, refusal, type Service, startService } from '../auth/service.ts'
import { databases } from '../databases.ts'
import { eventually } from '../nodes/node.ts'
import { openFilesOf } from '../open-files.ts'
import { createDatabase, type PostgresServer, query, startPostgres } from '../postgres.ts'
import { makeFolder, runHallpass } from '../server/process.ts'
import { template } from '../template.ts'

const body = { username: 'alice', password }
const patience = { timeout: 600_000 }
/** Root may mount a file system, except in most containers. */
const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0

describe('a fault', () => {
  const system = (code: string, syscall: string) => Object.assign(new Error(`${syscall} ${code}`), { code, syscall })
  const rows: [what: string, error: unknown, isPassing: boolean][] = [
    ['the socket of a server that is stopped', system('ENOENT', 'connect'), true],
    ['a file that is not there', system('ENOENT', 'open'), false],
    ['a host that refuses', system('ECONNREFUSED', 'connect'), true],
    ['one for each address of a host', new AggregateError([system('EHOSTUNREACH', 'connect')]), true],
    ['a deadlock', Object.assign(new Error('deadlock detected'), { code: '40P01' }), true],
    ['a pooler that is full', Object.assign(new Error('no more connections allowed'), { code: '08P01' }), true],
    ['a missing table', Object.assign(new Error('no such relation'), { code: '42P01' }), false],
    ['no error', 'timeout', false],
  ]
  it.each(rows)('%s', (_what, error, isPassing) => expect(isPassingFault(error)).toBe(isPassing))

  it('of a socket whose server is gone is answered 503', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hallpass-socket-'))
    const database = await openDatabase(`postgres://hallpass@/app?host=${folder}`)
    const error = await database.query('SELECT 1', []).catch((fault) => fault)
    expect([error.code, isPassingFault(error)]).toEqual(['ENOENT', true])
    await database.close()
    rmSync(folder, { recursive: true })
  })
})

describe('a PostgreSQL that goes away', () => {
  let postgres: PostgresServer
  let service: Service
  let token: string
  const faults: unknown[] = []
  const logIn = async () => (await service.call('POST', '/auth/login', { body })).status
  beforeAll(async () => {
    postgres = await startPostgres()
    service = await startService(postgres.url, { onError: (error) => faults.push(error) })
    token = (await service.newcomer('alice')).access_token
  })
  afterAll(async () => {
    await service.auth.close()
    await postgres.remove()
  })

  it('is answered 503 with Retry-After, while guarded routes still work, and is found again when it is back', async () => {
    const stopped = new Promise((resolve) => postgres.process.once('exit', resolve))
    postgres.process.kill('SIGQUIT')
    await stopped
    for (let i = 0; i < 3; i++) {
      const reply: Reply = await service.call('POST', '/auth/login', { body })
      expect(refusal(reply)).toBe('503 unavailable')
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    await expect(service.auth.ready()).rejects.toThrow()
    expect(faults.length).toBeGreaterThan(0)
    expect(service.auth.jwt.verify(token).claims.sid).toEqual(expect.any(String))

    await postgres.restart()
    await service.auth.ready()
    await expect.poll(logIn, patience).toBe(200)
    expect((await service.call('GET', '/auth/me', { token })).status).toBe(200)
  })

  it('does not hold requests for ever when it has stopped answering', async () => {
    await postgres.signal('SIGSTOP')
    const start = performance.now()
    const reply = await service.call('POST', '/auth/login', { body })
    expect(refusal(reply)).toBe('503 unavailable')
    expect(performance.now() - start).toBeLessThan(100_000)
    await postgres.signal('SIGCONT')
    await expect.poll(logIn, patience).toBe(200)
  })
})

describe('a connection to PostgreSQL', () => {
  const whose = 'SELECT pg_backend_pid() AS pid'
  const openImpatient = async () =>
    openDatabase(`${await createDatabase(inject('postgresUrl'))}?statement_timeout=5000`)

  it('is closed after a query without an answer', async () => {
    const database = await openImpatient()
    const [{ pid }] = (await database.query(whose, [])).rows as [{ pid: number }]
    process.kill(pid, 'SIGSTOP')
    await expect(database.query(whose, [])).rejects.toThrow('Query read timeout')
    process.kill(pid, 'SIGCONT')
    const living = 'SELECT pid FROM pg_stat_activity WHERE pid = $1'
    await expect.poll(async () => (await database.query(living, [pid])).rows, patience).toEqual([])
    await database.close()
  })

  it('is asked nothing more after a query without an answer', async () => {
    const database = await openImpatient()
    let pid = 0
    const failures: unknown[] = []
    const change = database.transaction(async (trx) => {
      const { rows } = await sql<{ pid: number }>`${sql.raw(whose)}`.execute(trx)
      pid = rows[0]?.pid ?? 0
      process.kill(pid, 'SIGSTOP')
      for (let n = 0; n < 2; n++) await sql`SELECT 1`.execute(trx).catch((error) => failures.push(error.message))
    })
    await expect(change).rejects.toThrow()
    process.kill(pid, 'SIGCONT')
    expect(failures).toEqual(['Query read timeout', 'Connection terminated: an earlier query has no answer'])
    await database.close()
  })
})

describe('a PostgreSQL that its operator changes', () => {
  it('is used at READ COMMITTED, whatever its default', async () => {
    const url = await createDatabase(inject('postgresUrl'))
    await query(url, `ALTER DATABASE ${url.split('/').at(-1)} SET default_transaction_isolation = 'serializable'`)
    const database = await openDatabase(url)
    const read = (db: Sql) => sql`SELECT current_setting('transaction_isolation') AS level`.execute(db)
    const levels = [
      await read(database.sql),
      await database.transaction(read),
      await database.unlimited((db) => db.transaction().execute(read)),
    ]
    expect(levels.map(({ rows }) => rows)).toEqual(Array(3).fill([{ level: 'read committed' }]))
    await database.close()
  })

  const changes: [what: string, change: string, columns: object][] = [
    ['a column is added', 'ALTER TABLE things ADD COLUMN note TEXT', { id: 1, note: null }],
    ['the type of a column changes', 'ALTER TABLE things ALTER COLUMN id TYPE TEXT', { id: '1' }],
    ['its connection forgets its statements', 'DISCARD ALL', { id: 1 }],
  ]
  it.each(changes)('fails once for each connection when %s', async (_what, change, columns) => {
    const database = await openDatabase(await createDatabase(inject('postgresUrl')))
    await database.query('CREATE TABLE things AS SELECT 1 AS id', [])
    const read = () => database.query('SELECT things.* FROM things WHERE $1 > 0', [1])
    expect((await read()).rows).toEqual([{ id: 1 }])
    await database.query(change, [])
    expect(isPassingFault(await read().catch((error) => error))).toBe(true)
    expect((await read()).rows).toEqual([columns])
    await database.close()
  })

  it('is answered 503 when the role is no longer let in', async () => {
    const url = new URL(await createDatabase(inject('postgresUrl')))
    const role = `role_${crypto.randomUUID().replaceAll('-', '')}`
    await query(url.href, `CREATE ROLE ${role} LOGIN`)
    const database = await openDatabase(Object.assign(new URL(url), { username: role }).href)
    await database.query('SELECT 1', [])
    await query(url.href, `ALTER ROLE ${role} NOLOGIN`)
    await query(url.href, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`)
    const read = () => database.query('SELECT 1', [])
    await expect.poll(() => read().catch((error) => error.code)).toBe('28000')
    expect(isPassingFault(await read().catch((error) => error))).toBe(true)
    await query(url.href, `ALTER ROLE ${role} LOGIN`)
    expect((await read()).rowCount).toBe(1)
    await database.close()
  })

  it('is not ready while it accepts no writes, and ready on the same server afterwards', async () => {
    const url = await createDatabase(inject('postgresUrl'))
    const change = (text: string) => query(inject('postgresUrl'), `ALTER DATABASE ${url.split('/').at(-1)} ${text}`)
    await query(url, 'CREATE TABLE things (id INT)')
    await change('SET default_transaction_read_only = on')
    const [checked, written] = [await openDatabase(url), await openDatabase(url)]
    const write = () => written.query('INSERT INTO things VALUES (1)', [])
    await expect(checked.check()).rejects.toThrow('read-only')
    await expect(write()).rejects.toMatchObject({ code: '25006' })
    // Connections keep the setting that they began with.
    await change('RESET default_transaction_read_only')
    await checked.check()
    expect((await write()).rowCount).toBe(1)
    for (const database of [checked, written]) await database.close()
  })

  it('whose tables the role may not read is refused with what to grant', async () => {
    const url = new URL(await createDatabase(inject('postgresUrl'), template))
    const role = `role_${crypto.randomUUID().replaceAll('-', '')}`
    await query(url.href, `CREATE ROLE ${role} LOGIN`)
    const env = { HALLPASS_DATABASE: Object.assign(url, { username: role }).href }
    const outcome = await runHallpass(['users', 'list'], { env })
    expect(outcome).toMatchObject({ exitCode: 78, stdout: '' })
    expect(outcome.stderr).toMatch(/^hallpass: PostgreSQL: permission denied .*grant the server SELECT.*\n$/)
  })
})

describe('a SQLite file', () => {
  const [{ open }] = databases as unknown as [(typeof databases)[number]]

  it('that is full is a temporary fault, and loses nothing', async () => {
    const { url, drop } = await open()
    const service = await startService(url)
    await service.newcomer('alice')
    // To SQLite, this is the same as a full disk. The limit applies only to this connection.
    const full = await openDatabase(url)
    await full.query('PRAGMA max_page_count = 1', [])
    const fill = async (db = full.sql) => {
      for (let i = 0; i < 1000; i++) {
        const details = JSON.stringify({ long: 'x'.repeat(5000) })
        await sql`INSERT INTO hallpass_audit (id, at, event, details) VALUES (${crypto.randomUUID()}, 0, 'x', ${details})`.execute(
          db,
        )
      }
    }
    const fault = await fill().catch((error) => error)
    expect([fault.errcode, isPassingFault(fault)]).toEqual([13, true])
    // SQLite has then rolled the transaction back by itself.
    const user = sql`INSERT INTO hallpass_clients (id, name, secret_hash, created_at) VALUES ('x', 'x', 'x', 0)`
    let later: unknown
    const inside = await full
      .transaction(async (trx) => {
        await user.execute(trx)
        await fill(trx).catch((error) => {
          later = error
        })
        await user.execute(trx)
      })
      .catch((error) => error)
    expect([isPassingFault(later), isPassingFault(inside)]).toEqual([true, true])
    const failing = await full.transaction((trx) => fill(trx)).catch((error) => error)
    expect([failing.errcode, isPassingFault(failing)]).toEqual([13, true])
    expect((await full.query('SELECT * FROM hallpass_clients', [])).rows).toEqual([])
    await full.close()
    expect((await service.call('POST', '/auth/login', { body })).status).toBe(200)
    await service.auth.close()
    await drop()
  })

  it.skipIf(!canMount)('on a full disk is not ready, and ready again when there is room', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hallpass-full-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder])
    const service = await startService(`sqlite:${join(folder, 'app.db')}`, { onError: () => {} })
    try {
      await service.newcomer('alice')
      await service.auth.ready()
      const filler = join(folder, 'filler')
      expect(() => writeFileSync(filler, Buffer.alloc(4 * 1024 * 1024))).toThrow('ENOSPC')
      // SQLite first uses up the free space in its own files.
      let reply: Reply
      do reply = await service.call('POST', '/auth/login', { body })
      while (reply.status === 200)
      expect(refusal(reply)).toBe('503 unavailable')
      await eventually(() => expect(service.auth.ready()).rejects.toThrow())
      rmSync(filler)
      await eventually(() => service.auth.ready())
      expect((await service.call('POST', '/auth/login', { body })).status).toBe(200)
    } finally {
      await service.auth.close()
      execFileSync('umount', [folder])
      rmSync(folder, { recursive: true })
    }
  })

  it('that another process is writing to is waited for', async () => {
    const { url, drop } = await open()
    const service = await startService(url)
    await service.newcomer('alice')
    const other = await openDatabase(url)
    const writing = other.transaction(async (trx) => {
      await sql`DELETE FROM hallpass_audit`.execute(trx)
      await sleep(300)
    })
    const replies = await Promise.all(Array.from({ length: 5 }, () => service.call('POST', '/auth/login', { body })))
    expect(replies.map(({ status }) => status)).toEqual(Array(5).fill(200))
    await writing
    await other.close()
    await service.auth.close()
    await drop()
  })

  it('that another process does not stop writing to is waited for once, however many requests wait', async () => {
    const { url, drop } = await open()
    const database = await openDatabase(url)
    const other = new DatabaseSync(url.slice('sqlite:'.length))
    other.exec('BEGIN IMMEDIATE')
    const start = performance.now()
    const write = () => database.transaction((trx) => sql`DELETE FROM hallpass_audit`.execute(trx))
    const faults = await Promise.all(Array.from({ length: 6 }, () => write().catch((error) => error)))
    expect(faults.map(isPassingFault)).toEqual(Array(6).fill(true))
    expect(performance.now() - start).toBeLessThan(20_000)
    other.exec('COMMIT')
    await write()
    other.close()
    await database.close()
    await drop()
  })

  it('that is gone makes it not ready', async () => {
    const { url, drop } = await open()
    const service = await startService(url)
    await service.auth.ready()
    rmSync(url.slice('sqlite:'.length))
    await expect(service.auth.ready()).rejects.toThrow()
    await service.auth.close()
    await drop()
  })

  it('that is damaged is answered 503', async () => {
    const { url, drop } = await open()
    const path = url.slice('sqlite:'.length)
    const before = new DatabaseSync(path)
    const { page } = before
      .prepare("SELECT rootpage AS page FROM sqlite_master WHERE name = 'hallpass_users'")
      .get() as {
      page: number
    }
    before.close()
    const descriptor = openSync(path, 'r+')
    writeSync(descriptor, Buffer.alloc(4096, 0xff), 0, 4096, (page - 1) * 4096)
    closeSync(descriptor)
    const service = await startService(url, { onError: () => {} })
    const register = { body: { username: 'bob', password } }
    expect(refusal(await service.call('POST', '/auth/register', register))).toBe('503 unavailable')
    await service.auth.close()
    await drop()
  })

  it('that is locked while another process is watched for ends nothing, and is read afterwards', async () => {
    const { url, drop } = await open()
    const other = new DatabaseSync(url.slice('sqlite:'.length))
    // In this mode, unlike the one that hallpass sets, a process that writes keeps others from reading.
    other.exec('PRAGMA journal_mode = DELETE')
    const database = await openDatabase(url, { mayMake: false })
    const changes: number[] = []
    const watch = await database.watch(() => changes.push(changes.length))
    other.exec('BEGIN EXCLUSIVE')
    await expect.poll(() => changes.length, patience).toBeGreaterThan(0)
    const read = watch.query('SELECT 1 AS one', [])
    other.exec('COMMIT')
    expect((await read).rows).toEqual([{ one: 1 }])
    watch.close()
    other.close()
    await database.close()
    await drop()
  })

  it('that is no database is refused, and not kept open', async () => {
    const { url, drop } = await open()
    const path = url.slice('sqlite:'.length)
    writeFileSync(path, 'a text that is long enough to be read as the header of a file, and is none. '.repeat(20))
    await expect(openDatabase(url)).rejects.toMatchObject({ code: 'database_invalid' })
    expect(openFilesOf(path)).toEqual([])
    await drop()
  })

  it('is refused where processes cannot share memory, unless a command only reads', async () => {
    const folder = makeFolder()
    // This way of SQLite to lock files has no shared memory, as some file systems have none.
    const database = 'sqlite:file:test.db?vfs=unix-dotfile'
    const run = (...args: string[]) => runHallpass([...args, '--database', database], { cwd: folder.path })
    const refused = await run('migrate')
    expect(refused).toMatchObject({ exitCode: 78, stdout: '' })
    expect(refused.stderr).toContain('write-ahead logging')
    expect((await run('migrate', '--status')).exitCode).toBe(0)
    folder.remove()
  })

  it('that cannot be opened is named by its path', async () => {
    const { url, drop } = await open()
    const path = url.slice('sqlite:'.length)
    await expect(openDatabase(`sqlite:${path}/below.db`)).rejects.toMatchObject({
      code: 'database_invalid',
      message: expect.stringContaining('below.db'),
    })
    await drop()
  })
})
