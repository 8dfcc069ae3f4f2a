import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../test/databases.ts'
import { Sealing } from '../secrets/sealing.ts'
import type { Database } from '../store/engine/database.ts'
import { openDatabase } from '../store/engine/open-database.ts'
import { rewrapSealed } from './rewrap-sealed.ts'

const [older, old, now] = ['older', 'old', 'now'].map((name) => `a secret of at least 256 bits: ${name}`) as [
  string,
  string,
  string,
]

/** Every encrypted column, with a value encrypted the way its writer does it. */
const columns = [
  { table: 'hallpass_totp', purpose: 'totp', about: (id: string) => `totp:${id}` },
  { table: 'hallpass_mails', purpose: 'mails', about: (id: string) => `mail:${id}` },
  { table: 'hallpass_identities', purpose: 'identities', about: (id: string) => `identity:${id}` },
  { table: 'hallpass_secrets', purpose: 'one-time secrets', about: (id: string) => `reset_password:${id}` },
] as const

describe.each(databases)('rewrapSealed on $name', ({ open }) => {
  let file: TestDatabase
  let database: Database
  beforeAll(async () => {
    file = await open()
    database = await openDatabase(file.url)
    await database.sql
      .insertInto('hallpass_users')
      .values({ id: 'u', username: 'u', username_normal: 'u', password_hash: '', created_at: 0, updated_at: 0 })
      .execute()
  })
  afterAll(async () => {
    await database?.close()
    await file.drop()
  })

  it('covers every table with an encrypted column, except the keys’ own', async () => {
    const tables = await database.sql.introspection.getTables()
    const found = tables.filter(({ columns }) => columns.some(({ name }) => name === 'sealed')).map(({ name }) => name)
    expect(found.sort()).toEqual([...columns.map(({ table }) => table), 'hallpass_signing_keys'].sort())
  })

  it('re-encrypts what previous secrets encrypted, leaves the rest, and counts what it cannot decrypt', async () => {
    for (const { table, purpose, about } of columns) {
      const sealed = (id: string, secret: string) => new Sealing(purpose, secret).seal(`plain ${id}`, about(id))
      const rows = Array.from({ length: 450 }, (_, i) => {
        const id = `${table} ${i}`.padStart(30)
        return rowOf(id, sealed(id, i < 440 ? old : i < 445 ? now : older))
      })
      await insert(table, [...rows, rowOf(`${table} moved`, sealed('another', old))])
    }
    const secrets = { secret: now, previous: [old] }
    const done = await rewrapSealed(database, secrets)
    expect(done).toEqual(
      ['second factors', 'mails', 'tokens of other providers', 'links and codes'].map((what) => ({
        what,
        count: 440,
        locked: 6,
      })),
    )
    expect((await rewrapSealed(database, secrets)).map(({ count }) => count)).toEqual([0, 0, 0, 0])
    for (const { table, purpose, about } of columns) {
      const sealing = new Sealing(purpose, now)
      const rows = await database.sql.selectFrom(table).select(['id', 'sealed', 'sealed_under']).execute()
      const opened = rows.flatMap(({ id, sealed, sealed_under }) =>
        sealed_under === sealing.currentId
          ? [[id, sealing.open({ sealed: sealed ?? '', sealedUnder: sealed_under }, about(id))]]
          : [],
      )
      expect(opened).toHaveLength(445)
      for (const [id, plain] of opened) expect(plain).toBe(`plain ${id}`)
    }
  })

  const rowOf = (id: string, { sealed, sealedUnder }: { sealed: string; sealedUnder: string }) => ({
    id,
    sealed,
    sealed_under: sealedUnder,
    created_at: 0,
  })

  /** All at once: statement by statement, most of the test would be the way to PostgreSQL and back. */
  async function insert(table: (typeof columns)[number]['table'], rows: readonly ReturnType<typeof rowOf>[]) {
    const { sql } = database
    if (table === 'hallpass_totp') {
      const values = rows.map((row) => ({ ...row, user_id: 'u', name: '' }))
      await sql.insertInto(table).values(values).execute()
    } else if (table === 'hallpass_mails') {
      const values = rows.map((row) => ({ ...row, template: '', locale: '' }))
      await sql.insertInto(table).values(values).execute()
    } else if (table === 'hallpass_identities') {
      const identity = { user_id: 'u', provider: '', issuer: '', email_verified: 0 }
      const values = rows.map((row) => ({ ...row, ...identity, subject: row.id }))
      await sql.insertInto(table).values(values).execute()
    } else {
      const secret = { purpose: 'reset_password', expires_at: 1 }
      const values = rows.map((row) => ({ ...row, ...secret, owner: row.id, secret_hash: row.id }))
      await sql.insertInto(table).values(values).execute()
    }
  }
})
