import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../databases.ts'
import { password, type Reply, refusal, type Service, startService } from '../service.ts'
import { Authenticator } from './authenticator.ts'

interface Asked {
  readonly options: never
  readonly challenge_token: string
}

// What is begun with a passkey ends with what it was begun for.
describe.each(databases)('a ceremony that a change overtakes, on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url)
  })
  afterAll(async () => {
    await service.auth.close()
    await test.drop()
  })

  it('is useless after a change of the password', async () => {
    const post = (path: string, token: string | undefined, body?: object): Promise<Reply> =>
      service.call('POST', `/auth${path}`, { token, ...(body && { body }) })
    const ask = async (path: string, token?: string, body?: object) =>
      (await post(path, token, body)).body as unknown as Asked
    const { access_token } = await service.newcomer('user')
    const authenticator = new Authenticator()
    const { options, challenge_token } = await ask('/passkeys/options', access_token)
    const made = await post('/passkeys', access_token, { challenge_token, credential: authenticator.create(options) })
    const owner = String(made.body.access_token)

    const login = await ask('/login/passkey/options')
    const credential = authenticator.get(login.options)
    const other = await post('/login/passkey', undefined, { challenge_token: login.challenge_token, credential })
    const token = String(other.body.access_token)
    const { mfa_token } = (await post('/login', undefined, { username: 'user', password })).body
    const begun = {
      register: await ask('/passkeys/options', token),
      again: await ask('/reauthenticate/passkey/options', token),
      mfa: await ask('/mfa/passkey/options', undefined, { mfa_token }),
    }
    const change = { current_password: password, new_password: 'another password of some length' }
    expect((await post('/password', owner, change)).status).toBe(204)

    const answer = ({ options: asked, challenge_token: given }: Asked) => ({
      challenge_token: given,
      credential: authenticator.get(asked),
    })
    const another = new Authenticator().create(begun.register.options)
    const registration = { challenge_token: begun.register.challenge_token, credential: another }
    const replies = [
      await post('/passkeys', token, registration),
      await post('/reauthenticate', token, answer(begun.again)),
      await post('/mfa/verify', undefined, { mfa_token, method: 'passkey', ...answer(begun.mfa) }),
    ]
    expect(replies.map(refusal)).toEqual(['401 token_revoked', '401 token_revoked', '401 mfa_token_invalid'])
    // Nor are they good for the session that is left, or a new one.
    const left = await ask('/login/passkey/options')
    const fresh = await post('/login/passkey', undefined, answer(left))
    const now = String(fresh.body.access_token)
    expect(refusal(await post('/passkeys', now, registration))).toBe('401 passkey_invalid')
    expect(refusal(await post('/reauthenticate', now, answer(begun.again)))).toBe('401 passkey_invalid')
  })
})
