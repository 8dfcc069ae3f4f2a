import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { addApp } from '../mfa/authenticator.ts'
import { password, type Service, startService } from '../service.ts'
import { Authenticator } from './authenticator.ts'

// A node of the version before passkeys counts authenticator apps alone, and writes that down as all factors of the user.
describe.each(databases)('beside nodes that know no passkeys, on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  let database: Database
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url)
    database = await openDatabase(test.url)
  })
  afterAll(async () => {
    await database.close()
    await service.auth.close()
    await test.drop()
  })

  let count = 0
  async function newcomer() {
    const username = `user${count++}`
    const { access_token: token } = await service.newcomer(username)
    return { username, token, id: String(service.auth.jwt.decodeToken(token).sub) }
  }
  async function addPasskey(token: string) {
    const { options, challenge_token } = (await service.call('POST', '/auth/passkeys/options', { token })).body
    const credential = new Authenticator().create(options as never)
    const made = await service.call('POST', '/auth/passkeys', { token, body: { challenge_token, credential } })
    return { token: String(made.body.access_token), id: (made.body.passkey as { id: string }).id }
  }
  const login = async (username: string) =>
    (await service.call('POST', '/auth/login', { body: { username, password } })).body
  /** As they do it. */
  async function recountByOldNode(id: string): Promise<void> {
    const { rows } = await sql<{ count: number | string }>`
      SELECT count(*) AS count FROM hallpass_totp WHERE user_id = ${id} AND confirmed_at IS NOT NULL`.execute(
      database.sql,
    )
    const second_factors = Number(rows[0]?.count ?? 0)
    await database.sql
      .updateTable('hallpass_users')
      .set({ second_factors, updated_at: 0 })
      .where('id', '=', id)
      .execute()
  }
  const factorsOf = async (id: string) => (await service.auth.users.find(id))?.secondFactors

  it.each([1, 2])('%i passkeys are still asked for after such a count', async (passkeys) => {
    const user = await newcomer()
    let { token } = user
    for (let made = 0; made < passkeys; made++) token = (await addPasskey(token)).token
    await recountByOldNode(user.id)
    expect(await login(user.username)).toMatchObject({ code: 'mfa_required', methods: ['passkey', 'recovery_code'] })
    expect(await factorsOf(user.id)).toBe(passkeys)
  })

  it('a passkey is asked for after such a node has removed the last app, or added one', async () => {
    const user = await newcomer()
    const app = await addApp(service, user.token)
    await addPasskey(String(app.confirmed.body.access_token))
    await recountByOldNode(user.id)
    expect((await login(user.username)).code).toBe('mfa_required')
    await sql`DELETE FROM hallpass_totp WHERE user_id = ${user.id}`.execute(database.sql)
    await sql`DELETE FROM hallpass_recovery_codes WHERE user_id = ${user.id}`.execute(database.sql)
    await recountByOldNode(user.id)
    expect(await login(user.username)).toMatchObject({ code: 'mfa_required', methods: ['passkey'] })
  })

  it('an account without passkeys is counted as before', async () => {
    const user = await newcomer()
    const passkey = await addPasskey(user.token)
    const removed = await service.call('DELETE', `/auth/passkeys/${passkey.id}`, { token: passkey.token })
    expect([removed.status, await factorsOf(user.id)]).toEqual([204, 0])
    await recountByOldNode(user.id)
    expect((await login(user.username)).access_token).toEqual(expect.any(String))
  })
})
