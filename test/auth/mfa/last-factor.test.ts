import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { Authenticator } from '../passkeys/authenticator.ts'
import { type Reply, refusal, type Service, startService } from '../service.ts'
import { countWaiting } from '../waiting.ts'
import { codeNow, enroll } from './authenticator.ts'

/** Begins to add a factor. @returns What completes it, as often as it is called. */
type Begin = (service: Service, token: string) => Promise<(token: string) => Promise<Reply>>

const additions: [what: string, begin: Begin, refused: string][] = [
  [
    'an app',
    async (service, token) => {
      const { body } = await service.call('POST', '/auth/mfa/totp', { token, body: {} })
      const code = codeNow(service, String(body.secret))
      return (token) => service.call('POST', `/auth/mfa/totp/${body.id}/confirm`, { token, body: { code } })
    },
    '401 mfa_code_invalid',
  ],
  [
    'a passkey',
    async (service, token) => {
      const ask = async (token: string) => (await service.call('POST', '/auth/passkeys/options', { token })).body
      let asked: Record<string, unknown> | undefined = await ask(token)
      const authenticator = new Authenticator()
      return async (token) => {
        const { options, challenge_token } = asked ?? (await ask(token))
        asked = undefined
        const credential = authenticator.create(options as never)
        return service.call('POST', '/auth/passkeys', { token, body: { challenge_token, credential } })
      }
    },
    '401 passkey_invalid',
  ],
]

describe.each(databases)('the last factor, removed while another is added, on $name', ({ open }) => {
  let test: TestDatabase
  let database: Database
  let service: Service
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url)
    database = await openDatabase(test.url)
  })
  afterAll(async () => {
    await service.auth.close()
    await database.close()
    await test.drop()
  })

  const waiting = () => countWaiting(database)

  it.each(additions)('leaves no account with %s and without recovery codes', async (what, begin, refused) => {
    const user = await enroll(service, `user with ${what}`)
    const complete = await begin(service, user.access_token)
    const remove = () => service.call('DELETE', `/auth/mfa/totp/${user.id}`, { token: user.access_token })
    const replies = await database.transaction(async (trx) => {
      await trx.updateTable('hallpass_users').set({ updated_at: 0 }).where('username', '=', user.username).execute()
      // SQLite has one writer, in this process: the removal comes first, and revokes the token.
      if (database.kind === 'sqlite') return undefined
      const removed = remove()
      await expect.poll(waiting, { timeout: 600_000 }).toBe(1)
      const added = complete(user.access_token)
      await expect.poll(waiting, { timeout: 600_000 }).toBe(2)
      return [removed, added] as const
    })
    expect((await (replies?.[0] ?? remove())).status).toBe(204)
    if (replies !== undefined) expect(refusal(await replies[1])).toBe(refused)
    const { body } = await service.call('POST', '/auth/refresh', { body: { refresh_token: user.refresh_token } })
    const again = await complete(String(body.access_token))
    expect(again.body.recovery_codes).toHaveLength(10)
  })
})
