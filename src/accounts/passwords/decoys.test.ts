import bcrypt from 'bcryptjs'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../../test/databases.ts'
import { makeServerSecret } from '../../secrets/server-secret.ts'
import type { Database } from '../../store/engine/database.ts'
import { openDatabase } from '../../store/engine/open-database.ts'
import { insertUser } from '../../store/users/users.ts'
import { Decoys } from './decoys.ts'
import { costOf } from './formats.ts'
import { Passwords } from './passwords.ts'
import { operatorsTurn } from './queue/hash-turn.ts'

const passwords = new Passwords({ memoryKiB: 64, passes: 1 })
const secrets = makeServerSecret(['a secret of more than thirty-two bytes, today'])
const now = new Date(1_800_000_000_000)
const names = Array.from({ length: 2000 }, (_, index) => `nobody ${index}`)

// In this order: the accounts of one test are there in those after it.
describe.each(databases)('decoys on $name', ({ open }) => {
  let database: Database
  let drop: () => Promise<void>
  let own: string
  let imported: string
  let dearer: string

  beforeAll(async () => {
    const test = await open()
    drop = test.drop
    database = await openDatabase(test.url)
    own = await passwords.hash('wonderland', operatorsTurn)
    imported = await bcrypt.hash('wonderland', 4)
    dearer = await bcrypt.hash('wonderland', 5)
  })
  afterAll(async () => {
    await database.close()
    await drop()
  })

  async function add(count: number, passwordHash: string): Promise<void> {
    await database.transaction(async (trx) => {
      for (let i = 0; i < count; i++) {
        const name = uuidv7()
        const username = { shown: name, normal: name }
        await insertUser(trx, { id: name, username, email: null, passwordHash, roles: [], disabled: false, now })
      }
    })
  }
  async function readDecoys(secret = secrets): Promise<Decoys> {
    const decoys = new Decoys(secret, passwords.cost)
    await decoys.read(database)
    return decoys
  }
  const costs = (decoys: Decoys) => names.map((name) => costOf(decoys.hashFor(name) ?? own))
  const shareOf = (all: readonly (string | undefined)[], hash: string) =>
    all.filter((cost) => cost === costOf(hash)).length / all.length

  it('are our own format if there are no accounts', async () => {
    expect(shareOf(costs(await readDecoys()), own)).toBe(1)
  })

  it('have the formats and costs of a few accounts in proportion, always the same for one name', async () => {
    await add(50, own)
    await add(25, imported)
    await add(25, dearer)
    const all = costs(await readDecoys())
    expect(shareOf(all, imported)).toBeCloseTo(0.25, 1)
    expect(shareOf(all, dearer)).toBeCloseTo(0.25, 1)
    expect(costs(await readDecoys())).toEqual(all)
    const other = makeServerSecret(['another secret of more than thirty-two bytes'])
    expect(costs(await readDecoys(other))).not.toEqual(all)
  })

  it('have those of many accounts, estimated from a sample', async () => {
    await add(1900, own)
    await add(1000, imported)
    const all = costs(await readDecoys())
    expect(shareOf(all, imported)).toBeGreaterThan(0.2)
    expect(shareOf(all, imported)).toBeLessThan(0.5)
    expect(shareOf(all, own)).toBeGreaterThan(0.5)
  })

  it('become our format as the accounts do, and never another', async () => {
    const decoys = await readDecoys()
    const before = costs(decoys)
    await database.sql
      .updateTable('hallpass_users')
      .set({ password_hash: own })
      .where('password_hash', '=', imported)
      .execute()
    await decoys.read(database)
    const after = costs(decoys)
    expect(shareOf(after, imported)).toBe(0)
    const fromOurs = before.filter((cost, index) => cost === costOf(own) && after[index] !== costOf(own))
    expect(fromOurs.length).toBeLessThan(names.length * 0.1)
  })

  it('match no password, and are compared only if there is no stored hash', async () => {
    const decoy = imported
    expect((await passwords.verify('wonderland', { stored: null, decoy, turn: operatorsTurn })).matches).toBe(false)
    expect((await passwords.verify('wonderland', { stored: own, decoy, turn: operatorsTurn })).matches).toBe(true)
  })
})
