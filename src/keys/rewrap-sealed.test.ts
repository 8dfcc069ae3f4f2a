import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../test/databases.ts'
import { Sealing } from '../secrets/sealing.ts'
import type { Database } from '../store/engine/database.ts'
import { openDatabase } from '../store/engine/open-database.ts'
import { migrate } from '../store/migrations/migrate.ts'
import { rewrapSealed } from './rewrap-sealed.ts'

const [older, old, now] = ['older', 'old', 'now'].map((name) => `a secret of at least 256 bits: ${name}`) as [
  string,
  string,
  string,
]

/** Each column that is encrypted, and how the parts that write it seal it. */
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
    await migrate(database, () => {})
    await database.sql
      .insertInto('hallpass_users')
      .values({ id: 'u', username: 'u', username_normal: 'u', password_hash: '', created_at: 0, updated_at: 0 })
      .execute()
  })
  afterAll(async () => {
    await database?.close()
    await file.drop()
  })

  it('covers every table with something encrypted, but for the keys themselves', async () => {
    const tables = await database.sql.introspection.getTables()
    const found = tables.filter(({ columns }) => columns.some(({ name }) => name === 'sealed')).map(({ name }) => name)
    expect(found.sort()).toEqual([...columns.map(({ table }) => table), 'hallpass_signing_keys'].sort())
  })

  it('re-encrypts what is of previous secrets, leaves the rest, and counts what it cannot open', async () => {
    for (const { table, purpose, about } of columns) {
      const sealed = (id: string, secret: string) => new Sealing(purpose, secret).seal(`plain ${id}`, about(id))
      for (let i = 0; i < 450; i++) {
        const id = `${table} ${i}`.padStart(30)
        await insert(table, id, sealed(id, i < 440 ? old : i < 445 ? now : older))
      }
      await insert(table, `${table} moved`, sealed('another', old))
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

  async function insert(
    table: (typeof columns)[number]['table'],
    id: string,
    { sealed, sealedUnder }: { sealed: string; sealedUnder: string },
  ) {
    const row = { id, sealed, sealed_under: sealedUnder, created_at: 0 }
    const { sql } = database
    if (table === 'hallpass_totp')
      await sql
        .insertInto(table)
        .values({ ...row, user_id: 'u', name: '' })
        .execute()
    else if (table === 'hallpass_mails') {
      await sql
        .insertInto(table)
        .values({ ...row, template: '', locale: '' })
        .execute()
    } else if (table === 'hallpass_identities') {
      const identity = { user_id: 'u', provider: '', issuer: '', subject: id, email_verified: 0 }
      await sql
        .insertInto(table)
        .values({ ...row, ...identity })
        .execute()
    } else {
      const secret = { purpose: 'reset_password', owner: id, secret_hash: id, expires_at: 1 }
      await sql
        .insertInto(table)
        .values({ ...row, ...secret })
        .execute()
    }
  }
})
