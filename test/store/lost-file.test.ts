import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { openSqliteFile } from '../databases.ts'
import { ensureDebianPackages } from '../debian.ts'

const pathOf = (url: string) => url.slice('sqlite:'.length)
const write = `INSERT INTO hallpass_clients (id, name, secret_hash, created_at) VALUES ($1, $1, 'x', 0)`
const readClients = 'SELECT id FROM hallpass_clients'

describe('a SQLite file', () => {
  const harmless: [what: string, text: string][] = [
    ['is read', 'SELECT count(*) FROM hallpass_users'],
    ['is backed up', "VACUUM INTO 'PATH.copy'"],
    ['is vacuumed', 'VACUUM'],
    ['has its log copied and truncated', 'PRAGMA wal_checkpoint(TRUNCATE)'],
  ]
  it.each(harmless)('that %s by the sqlite3 command is not lost', async (_what, text) => {
    await ensureDebianPackages(['sqlite3'], ['sqlite3', '--version'])
    const { url, drop } = await openSqliteFile()
    const path = pathOf(url)
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
})
