import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { addApp, codeNow } from '../mfa/authenticator.ts'
import { password, type Reply, refusal, type Service, startService } from '../service.ts'
import { Authenticator, type Ceremony } from './authenticator.ts'

type Odd = Partial<Ceremony>

describe.each(databases)('passkeys on $name', ({ open }) => {
  let test: TestDatabase
  let nodes: readonly [Service, Service]
  let service: Service
  beforeAll(async () => {
    test = await open()
    nodes = [await startService(test.url), await startService(test.url)]
    service = nodes[0]
  })
  afterAll(async () => {
    for (const { auth } of nodes) await auth.close()
    await test.drop()
  })
  const pass = (seconds: number) => {
    for (const node of nodes) node.elapsed += seconds
  }
  const outcomeOf = (reply: Reply) => (reply.status < 400 ? String(reply.status) : refusal(reply))
  const tally = (replies: readonly Reply[]) =>
    Object.fromEntries([...Map.groupBy(replies, outcomeOf)].map(([outcome, { length }]) => [outcome, length]))

  interface Challenge {
    readonly options: never
    readonly challenge_token: string
  }
  const ask = async (path: string, body?: object, token?: string) =>
    (await service.call('POST', `/auth${path}`, { ...(body && { body }), ...(token && { token }) }))
      .body as unknown as Challenge

  async function register(token: string, authenticator: Authenticator, odd: Odd = {}, name?: string): Promise<Reply> {
    const { options, challenge_token } = await ask('/passkeys/options', undefined, token)
    const credential = authenticator.create(options, odd)
    return service.call('POST', '/auth/passkeys', {
      token,
      body: { challenge_token, credential, ...(name && { name }) },
    })
  }
  async function signIn(authenticator: Authenticator, odd: Odd = {}): Promise<Reply> {
    const { options, challenge_token } = await ask('/login/passkey/options')
    return service.call('POST', '/auth/login/passkey', {
      body: { challenge_token, credential: authenticator.get(options, odd) },
    })
  }
  let count = 0
  async function newcomer(usual: Odd = {}) {
    const username = `user${count++}`
    const { access_token, refresh_token } = await service.newcomer(username)
    const authenticator = new Authenticator(usual)
    const made = await register(access_token, authenticator, {}, 'laptop')
    expect(made.status).toBe(201)
    const { access_token: token, recovery_codes: codes, passkey } = made.body as { [member: string]: unknown }
    return { username, token: token as string, refresh_token, codes, passkey: passkey as { id: string }, authenticator }
  }
  const challengeOf = async (username: string) =>
    (await service.call('POST', '/auth/login', { body: { username, password } })).body
  async function verifyMfa(mfa_token: string, authenticator: Authenticator, odd: Odd = {}): Promise<Reply> {
    const { options, challenge_token } = await ask('/mfa/passkey/options', { mfa_token })
    const credential = authenticator.get(options, odd)
    return service.call('POST', '/auth/mfa/verify', {
      body: { mfa_token, method: 'passkey', challenge_token, credential },
    })
  }
  const claims = (reply: Reply) => service.auth.jwt.decodeToken(String(reply.body.access_token))

  it('are registered, listed, renamed, used and removed', async () => {
    const user = await newcomer({ isBackupEligible: true, isBackedUp: true })
    expect(user.codes).toHaveLength(10)
    const list = async () => (await service.call('GET', '/auth/passkeys', { token: user.token })).body.passkeys
    expect(await list()).toMatchObject([{ name: 'laptop', last_used_at: null, synced: true, verifies_user: true }])
    const path = `/auth/passkeys/${user.passkey.id}`
    expect((await service.call('PATCH', path, { token: user.token, body: { name: ' desk ' } })).body.name).toBe('desk')
    const signedIn = await signIn(user.authenticator)
    expect(claims(signedIn)).toMatchObject({ amr: ['swk', 'user', 'mfa'], acr: 'aal2' })
    expect(await list()).toMatchObject([{ name: 'desk', last_used_at: expect.any(String) }])
    expect((await service.call('DELETE', path, { token: user.token })).status).toBe(204)
    expect(outcomeOf(await signIn(user.authenticator))).toBe('401 passkey_invalid')
    expect((await challengeOf(user.username)).access_token).toEqual(expect.any(String))
  })

  it('are second factors: the password alone is not enough any more', async () => {
    const user = await newcomer()
    const { code, methods, mfa_token } = await challengeOf(user.username)
    expect([code, methods]).toEqual(['mfa_required', ['passkey', 'recovery_code']])
    const done = await verifyMfa(String(mfa_token), user.authenticator, { isUserVerified: false })
    expect(claims(done)).toMatchObject({ amr: ['pwd', 'hwk', 'mfa'] })
    const spent = await service.call('POST', '/auth/mfa/passkey/options', { body: { mfa_token } })
    expect(refusal(spent)).toBe('401 mfa_token_invalid')
  })

  it('without verifying the person sign in never, and are a second factor', async () => {
    const user = await newcomer({ isUserVerified: false })
    for (const isUserVerified of [false, true]) {
      expect(outcomeOf(await signIn(user.authenticator, { isUserVerified }))).toBe('401 passkey_invalid')
    }
    const { mfa_token } = await challengeOf(user.username)
    expect((await verifyMfa(String(mfa_token), user.authenticator)).status).toBe(200)
    const other = await newcomer()
    expect(outcomeOf(await signIn(other.authenticator, { isUserVerified: false }))).toBe('401 passkey_invalid')
  })

  it('authenticate a user again, and are of that user', async () => {
    const user = await newcomer()
    pass(600)
    const { body } = await service.call('POST', '/auth/refresh', { body: { refresh_token: user.refresh_token } })
    const token = String(body.access_token)
    const again = async (authenticator: Authenticator) => {
      const { options, challenge_token } = await ask('/reauthenticate/passkey/options', undefined, token)
      const credential = authenticator.get(options)
      return service.call('POST', '/auth/reauthenticate', { token, body: { challenge_token, credential } })
    }
    expect(refusal(await service.call('POST', '/auth/passkeys/options', { token }))).toMatch(/insufficient_user/)
    expect(outcomeOf(await again((await newcomer()).authenticator))).toBe('401 passkey_invalid')
    const proven = await again(user.authenticator)
    expect(claims(proven)).toMatchObject({ amr: expect.arrayContaining(['hwk', 'mfa']), fresh: true })
    expect((await service.call('POST', '/auth/passkeys/options', { token })).status).toBe(200)
  })

  const odds: [what: string, odd: Odd][] = [
    ['another origin', { origin: 'https://evil.example' }],
    ['a neighbouring origin', { origin: 'http://localhost.evil.example' }],
    ['another relying party', { rpId: 'evil.example' }],
    ['another challenge', { challenge: randomBytes(32).toString('base64url') }],
    ['another ceremony', { type: 'payment.get' }],
    ['no person', { isUserPresent: false }],
    ['a frame of another site', { crossOrigin: true }],
    ['a frame that names its site', { crossOrigin: true, topOrigin: 'https://evil.example' }],
    ['a frame that denies it', { topOrigin: 'https://evil.example' }],
    ['another user', { userHandle: randomBytes(64).toString('base64url') }],
    ['eligibility for backups that it did not have', { isBackupEligible: true }],
    ['a backup that cannot be', { isBackedUp: true }],
  ]
  it('are refused with whatever else an authenticator signs', async () => {
    const user = await newcomer()
    for (const [what, odd] of odds) {
      // Each is one of a few attempts that are not delayed.
      await service.auth.users.unlock(String(claims({ body: { access_token: user.token } } as never).sub))
      expect([what, outcomeOf(await signIn(user.authenticator, odd))]).toEqual([what, '401 passkey_invalid'])
    }
    // An authenticator may leave the user out only where it was asked for one passkey.
    expect(outcomeOf(await signIn(user.authenticator, { userHandle: undefined }))).toBe('401 passkey_invalid')
    const { mfa_token } = await challengeOf(user.username)
    expect((await verifyMfa(String(mfa_token), user.authenticator, { userHandle: undefined })).status).toBe(200)
  })

  it('are registered without attestation, and with the name that signs in', async () => {
    const { access_token: token } = await service.newcomer(`user${count++}`)
    const asked: string[] = []
    const { fetch } = globalThis
    globalThis.fetch = async (address) => {
      asked.push(String(address))
      return new Response('')
    }
    for (const format of ['android-key', 'apple', 'tpm', 'fido-u2f', 'android-safetynet', 'packed']) {
      const authenticator = new Authenticator({}, format)
      expect([format, outcomeOf(await register(token, authenticator))]).toEqual([format, '401 passkey_invalid'])
    }
    const { options, challenge_token } = await ask('/passkeys/options', undefined, token)
    const credential = { ...new Authenticator().create(options), id: 'A', rawId: 'A' }
    const named = await service.call('POST', '/auth/passkeys', { token, body: { challenge_token, credential } })
    globalThis.fetch = fetch
    expect([outcomeOf(named), asked]).toEqual(['401 passkey_invalid', []])
  })

  it('are registered only with what an authenticator may say', async () => {
    const { access_token: token } = await service.newcomer(`user${count++}`)
    for (const [what, odd] of odds.filter(([name]) => !/another user|eligib/.test(name))) {
      const reply = await register(token, new Authenticator(), odd)
      expect([what, outcomeOf(reply)]).toEqual([what, '401 passkey_invalid'])
    }
  })

  it('are refused in any form that is none, and never fail the server', async () => {
    const user = await newcomer()
    const { options } = await ask('/login/passkey/options')
    const good = user.authenticator.get(options) as { readonly response: Record<string, unknown> }
    const broken: object[] = [
      {},
      { id: 'x' },
      { ...good, id: 'a'.repeat(2000) },
      { ...good, id: 7 },
      { ...good, rawId: 'other' },
      { ...good, type: 'password' },
      { ...good, response: null },
      { ...good, response: 'x' },
      ...Object.keys(good.response).flatMap((name) =>
        [null, 7, '', '!', 'AAAA', [], {}].map((value) => ({ ...good, response: { ...good.response, [name]: value } })),
      ),
    ]
    for (const credential of broken) {
      await service.auth.users.unlock(String(claims({ body: { access_token: user.token } } as never).sub))
      const { challenge_token } = await ask('/login/passkey/options')
      const reply = await service.call('POST', '/auth/login/passkey', { body: { challenge_token, credential } })
      expect([JSON.stringify(credential).slice(0, 80), reply.status]).toEqual([expect.anything(), 401])
    }
  })

  it('count, and a counter that falls is noted and locks no one out', async () => {
    const user = await newcomer()
    const database = await openDatabase(test.url)
    const row = () =>
      database.sql
        .selectFrom('hallpass_passkeys')
        .select(['counter', 'counter_fell_at'])
        .where('id', '=', user.passkey.id)
        .executeTakeFirstOrThrow()
        .then(({ counter, counter_fell_at }) => [Number(counter), counter_fell_at !== null])
    expect((await signIn(user.authenticator)).status).toBe(200)
    expect(await row()).toEqual([0, false])
    expect((await signIn(user.authenticator, { counter: 5 })).status).toBe(200)
    expect(await row()).toEqual([5, false])
    expect((await signIn(user.authenticator, { counter: 5 })).status).toBe(200)
    expect(await row()).toEqual([5, true])
    expect((await signIn(user.authenticator, { counter: 2 })).status).toBe(200)
    expect(await row()).toEqual([2, true])
    expect(service.events.filter((event) => event === 'passkey_counter_fell')).toHaveLength(2)
    await database.close()
  })

  it('use a challenge up: of fifty answers at once on two nodes one is taken, and none later', async () => {
    const user = await newcomer()
    const { options, challenge_token } = await ask('/login/passkey/options')
    const body = { challenge_token, credential: user.authenticator.get(options) }
    const send = (_: unknown, index: number) =>
      (nodes[index % 2] as Service).call('POST', '/auth/login/passkey', { body })
    const replies = await Promise.all(Array.from({ length: 50 }, send))
    expect(tally(replies)).toEqual({ 200: 1, '401 passkey_invalid': 49 })
    const again = { ...(await ask('/login/passkey/options')), ...body }
    expect(outcomeOf(await service.call('POST', '/auth/login/passkey', { body: again }))).toBe('401 passkey_invalid')
  })

  it('take no challenge of another purpose, session or login, and none that is over', async () => {
    const [user, other] = [await newcomer(), await newcomer()]
    const { mfa_token } = await challengeOf(user.username)
    const { mfa_token: later } = await challengeOf(user.username)
    const tokens = {
      login: await ask('/login/passkey/options'),
      mfa: await ask('/mfa/passkey/options', { mfa_token }),
      again: await ask('/reauthenticate/passkey/options', undefined, user.token),
      ofOther: await ask('/reauthenticate/passkey/options', undefined, other.token),
      register: await ask('/passkeys/options', undefined, user.token),
    }
    const answer = ({ options, challenge_token }: Challenge) => ({
      challenge_token,
      credential: user.authenticator.get({ rpId: 'localhost', ...(options as object) } as never),
    })
    const login = (given: Challenge) => service.call('POST', '/auth/login/passkey', { body: answer(given) })
    const mfa = (given: Challenge) =>
      service.call('POST', '/auth/mfa/verify', { body: { mfa_token: later, method: 'passkey', ...answer(given) } })
    const again = (given: Challenge) =>
      service.call('POST', '/auth/reauthenticate', { token: user.token, body: answer(given) })
    for (const given of [tokens.mfa, tokens.again, tokens.register]) {
      expect(outcomeOf(await login(given))).toBe('401 passkey_invalid')
    }
    for (const given of [tokens.login, tokens.mfa, tokens.again]) {
      expect(outcomeOf(await mfa(given))).toBe('401 passkey_invalid')
    }
    for (const given of [tokens.login, tokens.mfa, tokens.ofOther]) {
      expect(outcomeOf(await again(given))).toBe('401 passkey_invalid')
    }
    const { challenge_token } = tokens.login
    for (const odd of [challenge_token.slice(0, -2), `${challenge_token}A`, 'x', '', 'hp_mfa_x']) {
      expect(outcomeOf(await login({ ...tokens.login, challenge_token: odd }))).toBe('401 passkey_invalid')
    }
    // Nothing of all that has used up the challenge itself.
    await service.auth.users.unlock(String(claims({ body: { access_token: user.token } } as never).sub))
    pass(299)
    expect((await login(tokens.login)).status).toBe(200)
    const late = await ask('/login/passkey/options')
    pass(300)
    expect(outcomeOf(await login(late))).toBe('401 passkey_invalid')
  })

  it('are not registered for a session that ended meanwhile, nor twice, nor for two users', async () => {
    const { access_token: token } = await service.newcomer(`user${count++}`)
    const authenticator = new Authenticator()
    const { options, challenge_token } = await ask('/passkeys/options', undefined, token)
    await service.call('POST', '/auth/logout', { token })
    const body = { challenge_token, credential: authenticator.create(options) }
    expect((await service.call('POST', '/auth/passkeys', { token, body })).status).toBe(401)
    const user = await newcomer()
    expect(outcomeOf(await register(user.token, user.authenticator))).toBe('401 passkey_invalid')
    const other = await service.newcomer(`user${count++}`)
    expect(outcomeOf(await register(other.access_token, user.authenticator))).toBe('401 passkey_invalid')
  })

  it('sign no one in who is disabled, or was reset by an operator', async () => {
    const user = await newcomer()
    const { id = '' } = (await service.auth.users.findByUsername(user.username)) ?? {}
    await service.auth.users.disable(id)
    expect(outcomeOf(await signIn(user.authenticator))).toBe('401 passkey_invalid')
    await service.auth.users.enable(id)
    expect((await signIn(user.authenticator)).status).toBe(200)
    await service.auth.users.resetFactors(id)
    expect(outcomeOf(await signIn(user.authenticator))).toBe('401 passkey_invalid')
  })

  it('end the other sessions when they are added and removed, and keep the factor that is left', async () => {
    const user = await newcomer()
    const signedIn = await signIn(user.authenticator)
    const { secret } = await addApp(service, user.token)
    expect((await service.call('GET', '/auth/me', { token: String(signedIn.body.access_token) })).status).toBe(401)
    expect((await service.call('DELETE', `/auth/passkeys/${user.passkey.id}`, { token: user.token })).status).toBe(204)
    pass(60)
    const { methods, mfa_token } = await challengeOf(user.username)
    expect(methods).toEqual(['totp', 'recovery_code'])
    const body = { mfa_token, method: 'totp', code: codeNow(service, secret) }
    expect((await service.call('POST', '/auth/mfa/verify', { body })).status).toBe(200)
  })

  it('are those of their user alone', async () => {
    const [user, other] = [await newcomer(), await newcomer()]
    const path = `/auth/passkeys/${user.passkey.id}`
    const { token } = other
    expect(outcomeOf(await service.call('PATCH', path, { token, body: { name: 'mine' } }))).toBe(
      '404 passkey_not_found',
    )
    expect(outcomeOf(await service.call('DELETE', path, { token }))).toBe('404 passkey_not_found')
    expect(outcomeOf(await service.call('DELETE', '/auth/passkeys/x', { token }))).toBe('404 passkey_not_found')
  })

  it('write nothing for a page that is merely opened', async () => {
    const database = await openDatabase(test.url)
    const rows = async () =>
      (await database.sql.selectFrom('hallpass_spent').select('hash').execute()).length +
      (await database.sql.selectFrom('hallpass_secrets').select('id').execute()).length
    const before = await rows()
    for (let opened = 0; opened < 20; opened++) await ask('/login/passkey/options')
    expect(await rows()).toBe(before)
    await database.close()
  })
})
