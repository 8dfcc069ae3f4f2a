import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { password, refusal, startService } from '../auth/service.ts'
import { openSqliteFile } from '../databases.ts'
import { ensureDebianPackages } from '../debian.ts'
import { eventually } from '../nodes/node.ts'
import { makeFolder } from '../server/process.ts'

const body = { username: 'alice', password }
const pathOf = (url: string) => url.slice('sqlite:'.length)
const write = `INSERT INTO hallpass_clients (id, name, secret_hash, created_at) VALUES ($1, $1, 'x', 0)`
const readClients = 'SELECT id FROM hallpass_clients'

/** A file with a backup beside it, made before anyone wrote. */
async function openWithBackup() {
  const { url, drop } = await openSqliteFile()
  copyFileSync(pathOf(url), `${pathOf(url)}.backup`)
  return { url, path: pathOf(url), drop }
}

describe('a SQLite file', () => {
  const losses: [what: string, lose: (path: string) => void][] = [
    ['is deleted', (path) => rmSync(path)],
    ['is replaced by a backup', (path) => renameSync(`${path}.backup`, path)],
    ['loses its write-ahead log', (path) => rmSync(`${path}-wal`)],
    ['gets another write-ahead log', (path) => renameSync(`${path}.backup`, `${path}-wal`)],
  ]
  it.each(losses)('that %s is answered 503, and is not ready', async (_what, lose) => {
    const { url, path, drop } = await openWithBackup()
    const service = await startService(url, { onError: () => {} })
    await service.newcomer('alice')
    lose(path)
    await eventually(async () =>
      expect(refusal(await service.call('POST', '/auth/login', { body }))).toBe('503 unavailable'),
    )
    const register = { body: { username: 'bob', password } }
    expect(refusal(await service.call('POST', '/auth/register', register))).toBe('503 unavailable')
    await expect(service.auth.ready()).rejects.toThrow('removed or replaced')
    await service.auth.close()
    await drop()
  })

  it.each(losses)('that %s fails each statement and transaction at once', async (_what, lose) => {
    const { url, path, drop } = await openWithBackup()
    const database = await openDatabase(url)
    const insert = () => database.query(write, [crypto.randomUUID()])
    await insert()
    // The file is lost within a transaction, which must not be committed and must not stay open.
    const transaction = database.transaction(async (trx) => {
      await trx.deleteFrom('hallpass_clients').execute()
      lose(path)
      await new Promise((resolve) => setTimeout(resolve, 50))
    })
    await expect(transaction).rejects.toThrow('removed or replaced')
    for (let n = 0; n < 2; n++) {
      await expect(insert()).rejects.toThrow('removed or replaced')
      await expect(database.transaction((trx) => sql`SELECT 1`.execute(trx))).rejects.toThrow('removed or replaced')
      await expect(database.check()).rejects.toThrow('removed or replaced')
    }
    await database.close()
    await drop()
  })

  it('that is replaced by a backup is the backup after a restart, without the log of the other', async () => {
    const { url, path, drop } = await openWithBackup()
    const database = await openDatabase(url)
    await database.query(write, ['one'])
    renameSync(path, `${path}.moved`)
    renameSync(`${path}.backup`, path)
    await database.close()
    const restarted = await openDatabase(url)
    expect((await restarted.query(readClients, [])).rows).toEqual([])
    await restarted.query(write, ['two'])
    await restarted.close()
    const moved = new DatabaseSync(`${path}.moved`)
    expect(moved.prepare(readClients).all()).toEqual([{ id: 'one' }])
    moved.close()
    await drop()
  })

  it('that is replaced leaves the log of a process that uses the new one alone', async () => {
    const { url, path, drop } = await openWithBackup()
    const database = await openDatabase(url)
    renameSync(`${path}.backup`, path)
    await expect(database.check()).rejects.toThrow('removed or replaced')
    const restarted = await openDatabase(url)
    await restarted.query(write, ['one'])
    await expect(database.check()).rejects.toThrow('removed or replaced')
    await database.close()
    await restarted.close()
    const file = new DatabaseSync(path)
    expect(file.prepare(readClients).all()).toEqual([{ id: 'one' }])
    file.close()
    await drop()
  })

  it('whose write-ahead log was deleted has all that was acknowledged', async () => {
    const { url, path, drop } = await openWithBackup()
    const database = await openDatabase(url)
    await database.query(write, ['one'])
    rmSync(`${path}-wal`)
    // Perhaps not noticed yet, and acknowledged.
    const { rowCount } = await database.query(write, ['two']).catch(() => ({ rowCount: 0 }))
    await expect(database.check()).rejects.toThrow('removed or replaced')
    const file = new DatabaseSync(path, { readOnly: true })
    expect(file.prepare('SELECT count(*) AS n FROM hallpass_clients').get()).toEqual({ n: 1 + rowCount })
    file.close()
    await database.close()
    await drop()
  })

  it('that returns to its place is used again', async () => {
    const { url, path, drop } = await openWithBackup()
    const database = await openDatabase(url)
    renameSync(path, `${path}.moved`)
    await expect(database.check()).rejects.toThrow('removed or replaced')
    renameSync(`${path}.moved`, path)
    await database.check()
    await eventually(() => database.query(write, ['one']))
    await database.close()
    await drop()
  })

  it('behind a link that leads elsewhere counts as replaced', async () => {
    const { path, drop } = await openWithBackup()
    symlinkSync(path, `${path}.link`)
    const database = await openDatabase(`sqlite:${path}.link`)
    await database.check()
    rmSync(`${path}.link`)
    symlinkSync(`${path}.backup`, `${path}.link`)
    await expect(database.check()).rejects.toThrow('removed or replaced')
    await database.close()
    await drop()
  })

  it('with a relative path is found after a change of the working directory', async () => {
    const { path, drop } = await openWithBackup()
    const before = process.cwd()
    process.chdir(dirname(path))
    const database = await openDatabase(`sqlite:${basename(path)}`)
    process.chdir('/')
    try {
      await database.check()
    } finally {
      process.chdir(before)
    }
    await database.close()
    await drop()
  })

  const harmless: [what: string, text: string][] = [
    ['is read', 'SELECT count(*) FROM hallpass_users'],
    ['is backed up', "VACUUM INTO 'PATH.copy'"],
    ['is vacuumed', 'VACUUM'],
    ['has its log copied and truncated', 'PRAGMA wal_checkpoint(TRUNCATE)'],
  ]
  it.each(harmless)('that %s by the sqlite3 command is not lost', async (_what, text) => {
    await ensureDebianPackages(['sqlite3'], ['sqlite3', '--version'])
    const { url, path, drop } = await openWithBackup()
    const first = await openDatabase(url)
    await first.query(write, ['one'])
    // Must not release the lock of the first: the other process would delete the log.
    const second = await openDatabase(url)
    execFileSync('sqlite3', [path, text.replace('PATH', path)])
    expect(existsSync(`${path}-wal`)).toBe(true)
    await first.check()
    await second.check()
    await first.query(write, ['two'])
    expect((await second.query(readClients, [])).rows).toHaveLength(2)
    for (const database of [first, second]) await database.close()
    await drop()
  })

  it('whose folder is removed counts as removed', async () => {
    const folder = makeFolder()
    const database = await openDatabase(`sqlite:${folder.path}/new.db`)
    await database.check()
    folder.remove()
    await expect(database.check()).rejects.toThrow('removed or replaced')
    await database.close()
  })
})
