import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openParts } from '../../src/accounts/accounts.ts'
import { authDefaults } from '../../src/accounts/options.ts'
import { cleanUp } from '../../src/core/cleanup.ts'
import type { InstallationClock } from '../../src/core/shared-clock.ts'
import { KeyRing } from '../../src/keys/key-ring.ts'
import { insertAuditEvents } from '../../src/store/audit.ts'
import type { Database } from '../../src/store/engine/database.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { confirmTotp, putUnconfirmedTotp } from '../../src/store/mfa/totp.ts'
import { spendOnce } from '../../src/store/one-time/spent.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { password, type Service, secret, startService } from './service.ts'

const day = 24 * 60 * 60

describe.each(databases)('what is over, on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  let database: Database
  beforeAll(async () => {
    test = await open()
    // The service cleans up too, by its own clock.
    service = await startService(test.url, { clock: () => Date.now() / 1000 })
    database = await openDatabase(test.url)
  })
  afterAll(async () => {
    await database.close()
    await service.auth.close()
    await test.drop()
  })

  /** Ids begin with the real time: only the present can be asked about. */
  const now = Date.now()
  const clockAt = (seconds: number): InstallationClock => {
    const time = async () => new Date(now + seconds * 1000)
    return { databaseTime: time, decisionTime: time }
  }
  const clean = (seconds: number) => cleanUp({ database, clock: clockAt(seconds), lifetimes: authDefaults })
  const count = async (table: string): Promise<number> => {
    const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(table)}`.execute(database.sql)
    return Number(rows[0]?.n)
  }

  /** Entries of the journal that end in a minute. */
  async function endTokens(prefix: string, length: number): Promise<void> {
    const rows = Array.from({ length }, (_, index) => {
      return { kind: 'token', id: `${prefix}${index}`, valid_from: null, expires_at: now + 60_000 }
    })
    await database.sql.insertInto('hallpass_revocations').values(rows).execute()
  }

  it('is a trusted device after its end, and not before', async () => {
    const user_id = (await service.auth.users.add({ username: 'dora', password })).id
    const times = { created_at: now, last_used_at: now, expires_at: now + 60_000 }
    await database.sql
      .insertInto('hallpass_devices')
      .values({ id: 'a', user_id, secret_hash: 'a', ...times })
      .execute()
    await clean(59)
    expect(await count('hallpass_devices')).toBe(1)
    await clean(60)
    expect(await count('hallpass_devices')).toBe(0)
  })

  it('takes what a node of 0.1.0 sealed since the migration with it, after its grace', async () => {
    await service.newcomer('carol')
    const sealed = async () => {
      const { rows } = await sql`SELECT 1 FROM hallpass_sessions WHERE sealed_successor IS NOT NULL`.execute(
        database.sql,
      )
      return rows.length
    }
    await sql`UPDATE hallpass_sessions SET sealed_successor = 'x', previous_spent_at = ${now}`.execute(database.sql)
    const count = await sealed()
    expect(count).toBeGreaterThan(0)
    expect([await clean(60), await sealed()]).toEqual([0, count])
    expect([await clean(3700), await sealed()]).toEqual([count, 0])
    await sql`DELETE FROM hallpass_users`.execute(database.sql)
  })

  // Deleted, they could be used again on a node whose clock is behind the database's.
  it('has challenges of clients that were used up, once they are void by every clock', async () => {
    expect(await spendOnce(database.sql, 'x', new Date(now + 60_000))).toBe(true)
    expect(await spendOnce(database.sql, 'x', new Date(now + 60_000))).toBe(false)
    expect([await clean(3660), await count('hallpass_spent')]).toEqual([0, 1])
    expect([await clean(3661), await count('hallpass_spent')]).toEqual([1, 0])
  })

  it('has authenticator apps that were never confirmed, after an hour', async () => {
    const { id: userId } = await service.auth.users.add({ username: 'dora', password })
    const app = { userId, name: 'Phone', sealed: { sealed: 'x', sealedUnder: 'x' }, createdAt: new Date(now) }
    await putUnconfirmedTotp(database.sql, { ...app, id: 'confirmed' })
    await confirmTotp(database.sql, { id: 'confirmed', userId }, { step: 1, now: new Date(now) })
    await putUnconfirmedTotp(database.sql, { ...app, id: 'begun' })
    expect([await clean(3600), await count('hallpass_totp')]).toEqual([0, 2])
    expect([await clean(3601), await count('hallpass_totp')]).toEqual([1, 1])
    await sql`DELETE FROM hallpass_users`.execute(database.sql)
  })

  it('is removed in its time and not before, in batches', async () => {
    const living = await service.newcomer('alice')
    const ended = await service.newcomer('bob')
    await service.call('POST', '/auth/logout', { token: ended.access_token })
    await sql`UPDATE hallpass_sessions SET revoked_at = ${now} WHERE revoked_at IS NOT NULL`.execute(database.sql)
    await sql`UPDATE hallpass_sessions SET expires_at = ${now + 90 * day * 1000}`.execute(database.sql)
    await endTokens('t', 1500)
    await insertAuditEvents(database.sql, [
      {
        event: 'logout',
        at: new Date(now),
        userId: null,
        sessionId: null,
        address: null,
        userAgent: null,
        requestId: null,
        actor: null,
        details: {},
      },
    ])
    await sql`DELETE FROM hallpass_counters`.execute(database.sql)
    await sql`INSERT INTO hallpass_counters (key, points, expire) VALUES ('a', 1, ${now}), ('b', 1, ${now + 600_000}), ('c', 1, NULL)`.execute(
      database.sql,
    )
    const revocations = await count('hallpass_revocations')
    // Counters have the machine's clock.
    expect(await clean(0)).toBe(1)
    expect(await clean(61)).toBe(1500)
    expect(await count('hallpass_revocations')).toBe(revocations - 1500)
    expect(await count('hallpass_counters')).toBe(2)
    expect(await count('hallpass_sessions')).toBe(2)
    await clean(30 * day + 1)
    expect(await count('hallpass_sessions')).toBe(1)
    expect((await service.call('GET', '/auth/me', { token: living.access_token })).status).toBe(200)
    await clean(119 * day)
    expect(await count('hallpass_sessions')).toBe(1)
    await clean(121 * day)
    expect(await count('hallpass_sessions')).toBe(0)
    expect(await count('hallpass_audit')).toBeGreaterThan(0)
    await clean(367 * day)
    expect(await count('hallpass_audit')).toBe(0)
    expect(await count('hallpass_users')).toBe(2)
  })

  it('is left alone by a process whose clock is not the database’s', async () => {
    await endTokens('c', 10)
    await sql`UPDATE hallpass_revocations SET expires_at = 1 WHERE id LIKE 'c%'`.execute(database.sql)
    const before = await count('hallpass_sessions')
    for (const ahead of [3600, -3600, 1100 * day]) {
      const parts = await openParts({ database: test.url, clock: () => Date.now() / 1000 + ahead, onFault: () => {} })
      expect(await cleanUp({ ...parts, lifetimes: { ...authDefaults, endedSessionSeconds: 1 } })).toBe(0)
      const keyRing = new KeyRing(parts, { encryptionSecret: secret, keyRotationSeconds: 60 })
      await keyRing.open()
      expect((await keyRing.list()).map(({ state }) => state).sort()).toEqual(['active', 'next'])
      // Due, by any clock: another process will see to it.
      await sql`UPDATE hallpass_signing_keys SET activated_at = 1 WHERE state = 'active'`.execute(database.sql)
      await keyRing.refresh()
      expect((await keyRing.list()).map(({ state }) => state).sort()).toEqual(['active', 'next'])
      for (const { signsFrom } of await keyRing.list()) {
        expect(Math.abs(signsFrom.getTime() - Date.now())).toBeLessThan(600_000)
      }
      await parts.close()
    }
    expect(await count('hallpass_sessions')).toBe(before)
    const right = await openParts({ database: test.url })
    expect(await cleanUp({ ...right, lifetimes: authDefaults })).toBeGreaterThanOrEqual(10)
    const keyRing = new KeyRing(right, { encryptionSecret: secret, keyRotationSeconds: 60 })
    await keyRing.open()
    expect((await keyRing.list()).map(({ state }) => state).sort()).toEqual(['active', 'next', 'retiring'])
    await right.close()
  })

  it('is removed by one of several at once', async () => {
    await endTokens('m', 3000)
    const counts = await Promise.all([clean(120), clean(120), clean(120)])
    await clean(120)
    expect(counts.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(3000)
    expect(await sql`SELECT 1 FROM hallpass_revocations WHERE id LIKE 'm%'`.execute(database.sql)).toMatchObject({
      rows: [],
    })
  })
})
