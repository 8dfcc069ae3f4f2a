import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { addSessions } from '../many-sessions.ts'
import { addApp, challengeOf, codeNow } from '../mfa/authenticator.ts'
import { password, type Reply, refusal, type Service, startService } from '../service.ts'
import { Authenticator, type Ceremony } from './authenticator.ts'

interface Begun {
  readonly options: { readonly authenticatorSelection: { readonly userVerification: string } }
  readonly challenge_token: string
}

// What a role demands is met by a passkey as by an authenticator app, before there is a session.
describe.each(databases)('a passkey for a role that demands a factor, on $name', ({ open }) => {
  let test: TestDatabase
  let nodes: readonly [Service, Service]
  let service: Service
  let database: Database
  beforeAll(async () => {
    test = await open()
    const settings = { mfaRoles: ['admin'], url: 'http://localhost' }
    nodes = [await startService(test.url, settings), await startService(test.url, settings)]
    service = nodes[0]
    database = await openDatabase(test.url)
  })
  afterAll(async () => {
    await database.close()
    for (const { auth } of nodes) await auth.close()
    await test.drop()
  })

  let count = 0
  async function administrator() {
    const username = `admin${count++}`
    const { id } = await service.auth.users.add({ username, password, roles: ['admin'] })
    return { id, username }
  }
  const begin = (mfa_token: string) => service.call('POST', '/auth/passkeys/options', { body: { mfa_token } })
  async function register(mfa_token: string, authenticator: Authenticator, odd: Partial<Ceremony> = {}, more = {}) {
    const { options, challenge_token } = (await begin(mfa_token)).body as unknown as Begun
    const credential = authenticator.create(options as never, odd)
    const body = { mfa_token, challenge_token, credential, name: 'key', ...more }
    return service.call('POST', '/auth/passkeys', { body })
  }
  const claims = ({ body }: Reply) => service.auth.jwt.decodeToken(String(body.access_token))
  const factors = async (id: string) => (await service.auth.users.find(id))?.secondFactors

  it('is registered with the token of the login, and completes it as the code of an app does', async () => {
    const { id, username } = await administrator()
    const authenticator = new Authenticator({ isBackupEligible: true, isBackedUp: true })
    const mfa_token = await challengeOf(service, username)
    const done = await register(mfa_token, authenticator)
    expect(done.status).toBe(201)
    expect(done.body).toMatchObject({
      passkey: { name: 'key', synced: true, verifies_user: true },
      refresh_token: expect.stringMatching(/^hp_rt_/),
      device_token: expect.stringMatching(/^hp_dv_/),
      token_type: 'Bearer',
    })
    expect(done.body.recovery_codes).toHaveLength(10)
    expect(claims(done)).toMatchObject({ amr: ['pwd', 'swk', 'mfa'], acr: 'aal2', roles: ['admin'], fresh: true })
    expect(await factors(id)).toBe(1)
    expect(service.events).toContain('factor_added')
    // From now on it is the factor of each login, and signs in alone.
    const login = await service.call('POST', '/auth/login', { body: { username, password } })
    expect(login.body).toMatchObject({ code: 'mfa_required', methods: ['passkey', 'recovery_code'] })
    const asked = (await service.call('POST', '/auth/login/passkey/options')).body
    const credential = authenticator.get(asked.options as never)
    const body = { challenge_token: asked.challenge_token, credential }
    expect((await service.call('POST', '/auth/login/passkey', { body })).status).toBe(200)
    // The token is used up, for passkeys and for apps.
    expect(refusal(await begin(mfa_token))).toBe('401 mfa_token_invalid')
    expect(refusal(await service.call('POST', '/auth/mfa/totp', { body: { mfa_token } }))).toBe('401 mfa_token_invalid')
  })

  it('has to verify the person, which the browser is asked for', async () => {
    const { id, username } = await administrator()
    const mfa_token = await challengeOf(service, username)
    const { options } = (await begin(mfa_token)).body as unknown as Begun
    expect(options.authenticatorSelection.userVerification).toBe('required')
    expect(refusal(await register(mfa_token, new Authenticator({ isUserVerified: false })))).toBe('401 passkey_invalid')
    expect(await factors(id)).toBe(0)
    // The login goes on.
    expect((await register(mfa_token, new Authenticator())).status).toBe(201)
  })

  it('comes with cookies where the login asked for them, in that browser alone', async () => {
    const { username } = await administrator()
    const headers = { origin: 'http://localhost', 'sec-fetch-site': 'same-origin' }
    const login = await service.call('POST', '/auth/login', { body: { username, password, cookies: true }, headers })
    const mfa_token = String(login.body.mfa_token)
    const [cookie = ''] = (login.headers.getSetCookie()[0] ?? '').split(';')
    expect(cookie).toContain('mfa_challenge=')
    expect(refusal(await begin(mfa_token))).toBe('401 mfa_token_invalid')
    const own = { ...headers, cookie }
    const begun = await service.call('POST', '/auth/passkeys/options', { body: { mfa_token }, headers: own })
    const credential = new Authenticator().create(begun.body.options as never)
    const body = { mfa_token, challenge_token: begun.body.challenge_token, credential }
    expect(refusal(await service.call('POST', '/auth/passkeys', { body }))).toBe('401 mfa_token_invalid')
    const done = await service.call('POST', '/auth/passkeys', { body, headers: own })
    expect(done.status).toBe(201)
    expect(done.body).not.toHaveProperty('access_token')
    expect(done.body).not.toHaveProperty('refresh_token')
    const lines = done.headers.getSetCookie()
    expect(lines).toContainEqual(expect.stringMatching(/^__Host-access_token=./))
    expect(lines).toContainEqual(expect.stringMatching(/^__Host-refresh_token=./))
    expect(lines).toContainEqual(expect.stringMatching(/^__Host-mfa_challenge=;/))
  })

  it('ends the sessions of before, however many', async () => {
    const { id, username } = await administrator()
    await service.auth.users.setRoles(id, [])
    const before = await service.call('POST', '/auth/login', { body: { username, password } })
    await addSessions(test.url, id, 150)
    await service.auth.users.setRoles(id, ['admin'])
    const done = await register(await challengeOf(service, username), new Authenticator())
    expect(done.status).toBe(201)
    const living = await database.sql
      .selectFrom('hallpass_sessions')
      .select('id')
      .where('user_id', '=', id)
      .where('revoked_at', 'is', null)
      .execute()
    expect(living.map((row) => row.id)).toEqual([claims(done).sid])
    const refreshed = await service.call('POST', '/auth/refresh', {
      body: { refresh_token: before.body.refresh_token },
    })
    expect(refusal(refreshed)).toBe('401 refresh_token_invalid')
  })

  it('is one of fifty at once, on two nodes', async () => {
    const { id, username } = await administrator()
    const mfa_token = await challengeOf(service, username)
    const begun = await Promise.all(Array.from({ length: 50 }, () => begin(mfa_token)))
    const replies = await Promise.all(
      begun.map(({ body: { options, challenge_token } }, index) => {
        const credential = new Authenticator().create(options as never)
        const body = { mfa_token, challenge_token, credential }
        return (nodes[index % 2] as Service).call('POST', '/auth/passkeys', { body })
      }),
    )
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(new Set(replies.map(refusal))).toEqual(new Set(['201 undefined', '401 mfa_token_invalid']))
    expect(await factors(id)).toBe(1)
  })

  it('and an app at once are one of the two', async () => {
    const { id, username } = await administrator()
    const mfa_token = await challengeOf(service, username)
    const app = (await service.call('POST', '/auth/mfa/totp', { body: { mfa_token } })).body
    const { options, challenge_token } = (await begin(mfa_token)).body as unknown as Begun
    const credential = new Authenticator().create(options as never)
    const code = codeNow(service, String(app.secret))
    const replies = await Promise.all([
      service.call('POST', '/auth/passkeys', { body: { mfa_token, challenge_token, credential } }),
      nodes[1].call('POST', `/auth/mfa/totp/${app.id}/confirm`, { body: { mfa_token, code } }),
    ])
    expect(replies.filter(({ status }) => status < 300)).toHaveLength(1)
    expect(await factors(id)).toBe(1)
  })

  const others: [what: string, make: () => Promise<string>][] = [
    ['none', async () => 'hp_mfa_x'],
    [
      'that asks for a factor that there is',
      async () => {
        const username = `user${count++}`
        await addApp(service, (await service.newcomer(username)).access_token)
        return challengeOf(service, username)
      },
    ],
    [
      'of a user who is disabled',
      async () => {
        const { id, username } = await administrator()
        const token = await challengeOf(service, username)
        await service.auth.users.disable(id)
        return token
      },
    ],
    [
      'of a user who has a factor by now',
      async () => {
        const { username } = await administrator()
        const [first, token] = [await challengeOf(service, username), await challengeOf(service, username)]
        expect((await register(first, new Authenticator())).status).toBe(201)
        return token
      },
    ],
  ]
  it.each(others)('is not registered with a token: %s', async (_, make) => {
    const mfa_token = await make()
    expect(refusal(await begin(mfa_token))).toBe('401 mfa_token_invalid')
    const body = { mfa_token, challenge_token: 'x', credential: {} }
    expect(refusal(await service.call('POST', '/auth/passkeys', { body }))).toBe('401 mfa_token_invalid')
  })

  it('takes no challenge of another login, of a session or of another purpose', async () => {
    const [one, other] = [await administrator(), await administrator()]
    const [mfa_token, ofOther] = [await challengeOf(service, one.username), await challengeOf(service, other.username)]
    const { access_token: token } = await service.newcomer(`user${count++}`)
    const asked = [
      (await begin(ofOther)).body,
      (await service.call('POST', '/auth/passkeys/options', { token })).body,
      (await service.call('POST', '/auth/login/passkey/options')).body,
    ]
    const { options } = (await begin(mfa_token)).body as unknown as Begun
    for (const { options: given, challenge_token } of asked) {
      const { challenge } = given as { challenge: string }
      const credential = new Authenticator().create({ ...options, challenge } as never)
      const body = { mfa_token, challenge_token, credential }
      expect(refusal(await service.call('POST', '/auth/passkeys', { body }))).toBe('401 passkey_invalid')
    }
    // Nor is one of the login good in a session.
    const { challenge_token } = (await begin(mfa_token)).body
    const credential = new Authenticator().create(options as never)
    const inSession = await service.call('POST', '/auth/passkeys', { token, body: { challenge_token, credential } })
    expect(refusal(inSession)).toBe('401 passkey_invalid')
  })
})
