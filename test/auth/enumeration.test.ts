import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Database } from '../../src/store/engine/database.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { databases } from '../databases.ts'
import { password, type Reply, type Service, startService } from './service.ts'
import { countStatements, type Work, workOf } from './work.ts'

vi.mock('@node-rs/argon2', async (original) => (await import('./work.ts')).countHashes(await original()))

/** A client that tries names learns nothing from the answers, and nothing from the work that they take. */
describe.each(databases)('an unknown user, a wrong password and a disabled account on $name', ({ open }) => {
  let service: Service
  let database: Database
  let drop: () => Promise<void>

  beforeAll(async () => {
    countStatements()
    const made = await open()
    drop = made.drop
    service = await startService(made.url)
    database = await openDatabase(made.url)
    await service.newcomer('alice')
    await service.newcomer('bob')
    const bob = await service.auth.users.findByUsername('bob')
    await service.auth.users.disable(bob?.id ?? '')
  })
  afterAll(async () => {
    await service.auth.close()
    await database.close()
    await drop()
    vi.restoreAllMocks()
  })

  const attempts: Record<string, { username: string; password: string }> = {
    'an unknown user': { username: 'nobody', password },
    'a name that nobody can have': { username: ' \u202e ', password },
    'a wrong password': { username: 'alice', password: 'a wrong password' },
    'a password that cannot be one': { username: 'alice', password: 'x'.repeat(2000) },
    'a disabled account': { username: 'bob', password },
  }
  const attempt = (body: object) => service.call('POST', '/auth/login', { body })

  it('are answered alike, to the last header', async () => {
    const replies: Reply[] = []
    for (const body of Object.values(attempts)) replies.push(await attempt(body))
    const [first, ...others] = replies.map(({ status, body, headers }) => [status, body, Object.fromEntries(headers)])
    for (const other of others) expect(other).toEqual(first)
  })

  async function countRows(): Promise<Record<string, number>> {
    const tables = ['hallpass_users', 'hallpass_sessions', 'hallpass_audit', 'hallpass_counters'] as const
    const counts: Record<string, number> = {}
    for (const table of tables) {
      const { rows } = await database.sql
        .selectFrom(table)
        .select(({ fn }) => fn.countAll().as('rows'))
        .executeTakeFirstOrThrow()
      counts[table] = Number(rows)
    }
    return counts
  }

  it('take the same work: hashes of one cost, statements, rows written', async () => {
    // Also after the first few, which are not slowed down yet.
    for (let round = 0; round < 3; round++) {
      const seen: Record<string, { work: Work; written: Record<string, number> }> = {}
      for (const [name, body] of Object.entries(attempts)) {
        const before = await countRows()
        const work = await workOf(() => attempt(body))
        const written = Object.entries(await countRows()).map(([table, rows]) => [table, rows - (before[table] ?? 0)])
        seen[name] = { work, written: Object.fromEntries(written) }
      }
      const [first, ...others] = Object.values(seen)
      expect(first?.work.hashes).toEqual(['verify $argon2id$v=19$m=64,t=1,p=1'])
      expect(first?.work.statements.length).toBeGreaterThan(2)
      expect(first?.written).toMatchObject({ hallpass_audit: 1, hallpass_users: 0, hallpass_sessions: 0 })
      for (const other of others) expect(other).toEqual(first)
    }
  })
})
