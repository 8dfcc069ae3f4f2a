import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RequestError } from '../../../src/errors.ts'
import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { listAuditEvents } from '../../audit-events.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { password, type Reply, refusal, type Service, start, startService } from '../service.ts'
import { addApp, challengeOf, codeNow, type Enrolled, enroll, verify } from './authenticator.ts'

const newPassword = 'quite another password'

describe.each(databases)('what an account demands, on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  /** On the same database: the application adds claims to its tokens. */
  let adding: Service
  /** Also on it: addresses have to be verified. */
  let verifying: Service
  /** Also on it: it replaces the hash of each user who logs in, which takes a while. */
  let hashing: Service
  let database: Database
  let added: (user: { readonly roles: readonly string[] }) => Record<string, unknown> = () => ({})
  let count = 0
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url, { mfaRoles: ['admin'] })
    adding = await startService(test.url, {
      mfaRoles: ['admin'],
      claimsFor: (user) => added(user),
      onError: () => {},
    })
    verifying = await startService(test.url, { requireVerifiedEmail: true, onFault: () => {} })
    hashing = await startService(test.url, { mfaRoles: ['admin'], passwords: { memoryKiB: 16 * 1024, passes: 2 } })
    database = await openDatabase(test.url)
  })
  afterAll(async () => {
    await database.close()
    for (const { auth } of [service, adding, verifying, hashing]) await auth.close()
    await test.drop()
  })
  const pass = (seconds: number) => {
    service.elapsed += seconds
    adding.elapsed += seconds
  }
  const named = () => `user${count++}`
  const claimsOf = (token: unknown) => service.auth.jwt.decodeToken(String(token)) as Record<string, unknown>
  const subOf = (token: unknown) => String(claimsOf(token).sub)
  const rolesOf = ({ body }: Reply) => claimsOf(body.access_token).roles
  const refresh = (refresh_token: string, at = service) => at.call('POST', '/auth/refresh', { body: { refresh_token } })
  const reauthenticate = (token: unknown, body: object) =>
    service.call('POST', '/auth/reauthenticate', { token: String(token), body })
  async function newUser(): Promise<Enrolled> {
    const user = await enroll(service, named())
    pass(60)
    return user
  }

  describe('of a role is met by each session that states it', () => {
    it('and not by one that a password began before the role was given', async () => {
      const { access_token, refresh_token } = await service.newcomer(named())
      await service.auth.users.setRoles(subOf(access_token), ['editor', 'admin'])
      const first = await refresh(refresh_token)
      expect([first.status, rolesOf(first)]).toEqual([200, ['editor']])
      const token = String(first.body.access_token)
      // Once it has a factor, which it has proven by setting it up.
      const { confirmed } = await addApp(service, token)
      expect(rolesOf(confirmed)).toEqual(['editor', 'admin'])
      expect(rolesOf(await refresh(String(first.body.refresh_token)))).toEqual(['editor', 'admin'])
    })

    it('and not by one that gave the password alone since', async () => {
      const user = await newUser()
      await service.auth.users.setRoles(subOf(user.access_token), ['admin'])
      const strong = await refresh(user.refresh_token)
      expect(rolesOf(strong)).toEqual(['admin'])
      const weak = await reauthenticate(strong.body.access_token, { password })
      expect([weak.status, rolesOf(weak)]).toEqual([200, undefined])
      const next = await refresh(String(strong.body.refresh_token))
      expect([next.status, rolesOf(next)]).toEqual([200, undefined])
      const code = codeNow(service, user.secret)
      const again = await reauthenticate(weak.body.access_token, { method: 'totp', code })
      expect(rolesOf(again)).toEqual(['admin'])
    })

    const replacements: [what: string, roles: unknown, stated: unknown][] = [
      ['the same roles', ['editor', 'admin'], ['editor']],
      ['that role alone', ['admin'], undefined],
      ['that role as a text', 'admin', undefined],
      ['roles that hallpass does not have', ['sales', 'admin'], ['sales']],
    ]
    it.each(replacements)('whatever the application replaces roles with: %s', async (_, roles, stated) => {
      const { access_token, refresh_token } = await service.newcomer(named())
      await service.auth.users.setRoles(subOf(access_token), ['editor', 'admin'])
      added = () => ({ roles })
      const next = await refresh(refresh_token, adding)
      added = () => ({})
      expect([next.status, rolesOf(next)]).toEqual([200, stated])
    })
  })

  it('is not met by what the application adds to a token', async () => {
    const { id } = await service.auth.users.add({ username: named(), password })
    added = () => ({ amr: ['pwd', 'otp', 'mfa'], acr: 'aal2', remember: false, tier: 'gold' })
    const { accessToken } = await adding.auth.startSession(id)
    added = () => ({})
    const { amr, acr, remember, tier } = claimsOf(accessToken)
    expect({ amr, acr, remember, tier }).toEqual({ amr: undefined, acr: 'aal1', remember: undefined, tier: 'gold' })
  })

  it('is not met by a token that the application made itself, and that has no session', async () => {
    const user = await newUser()
    const token = service.auth.jwt.createAccessToken(subOf(user.access_token), { fresh: true })
    const body = { current_password: password, new_password: newPassword }
    const reply = await service.call('POST', '/auth/password', { token, body })
    expect(refusal(reply)).toBe('401 insufficient_user_authentication')
    expect(reply.headers.get('www-authenticate')).toContain('acr_values="aal2"')
    expect((await refresh(user.refresh_token)).status).toBe(200)
    expect(await challengeOf(service, user.username)).toMatch(/^hp_mfa_/)
  })

  const refusals: [missing: string, make: () => Promise<{ readonly username: string; readonly at: Service }>][] = [
    ['mfa_required', async () => ({ username: (await newUser()).username, at: service })],
    [
      'mfa_enrollment_required',
      async () => {
        const username = named()
        await service.auth.users.add({ username, password, roles: ['admin'] })
        return { username, at: service }
      },
    ],
    [
      'email_not_verified',
      async () => {
        const username = named()
        await service.auth.users.add({ username, password, email: `${username}@example.com` })
        return { username, at: verifying }
      },
    ],
  ]
  it.each(refusals)('leaves a trace where a login is refused with %s, which is no login', async (missing, make) => {
    const { username, at } = await make()
    const before = await service.auth.users.findByUsername(username)
    pass(60)
    expect(refusal(await at.call('POST', '/auth/login', { body: { username, password } }))).toBe(`403 ${missing}`)
    expect((await service.auth.users.findByUsername(username))?.lastLoginAt).toEqual(before?.lastLoginAt)
    expect(await listAuditEvents(database.sql, { userId: before?.id ?? '', limit: 1 })).toMatchObject([
      { event: 'login_challenged', address: '127.0.0.1', details: { amr: ['pwd'], missing } },
    ])
  })

  it('is that of a role which the user gets while the password is being checked', async () => {
    const outcomes = new Set<string>()
    for (let round = 0; round < 10; round++) {
      const username = named()
      const { id } = await service.auth.users.add({ username, password })
      const login = hashing.call('POST', '/auth/login', { body: { username, password } })
      // Before the user is read, or while the password is hashed.
      await sleep(round)
      await service.auth.users.setRoles(id, ['admin'])
      const outcome = refusal(await login)
      const { lastLoginAt } = (await service.auth.users.findByUsername(username)) ?? {}
      expect([outcome, lastLoginAt !== null]).toEqual([outcome, outcome !== '403 mfa_enrollment_required'])
      outcomes.add(outcome)
    }
    expect(outcomes).toContain('403 mfa_enrollment_required')
  })

  const logins: [what: string, logIn: () => Promise<{ readonly username: string; readonly reply: Reply }>][] = [
    [
      'a password alone',
      async () => {
        const username = named()
        await service.auth.users.add({ username, password })
        return { username, reply: await service.call('POST', '/auth/login', { body: { username, password } }) }
      },
    ],
    [
      'a second factor',
      async () => {
        const user = await newUser()
        pass(60)
        const token = await challengeOf(service, user.username)
        return { username: user.username, reply: await verify(service, token, codeNow(service, user.secret)) }
      },
    ],
  ]
  it.each(logins)('is met by %s, which is a login', async (_what, logIn) => {
    const { username, reply } = await logIn()
    expect(reply.status).toBe(200)
    const { lastLoginAt } = (await service.auth.users.findByUsername(username)) ?? {}
    expect(lastLoginAt).toEqual(new Date((start + service.elapsed) * 1000))
  })

  it('is in no text of the refusal: its token is not, and the program has it', async () => {
    const user = await newUser()
    const refused: unknown = await service.auth.startSession(subOf(user.access_token)).catch((error: unknown) => error)
    if (!(refused instanceof RequestError)) throw new Error('It is refused')
    expect(refused.next.mfa_token).toMatch(/^hp_mfa_/)
    const texts = [
      inspect(refused, { depth: 10 }),
      JSON.stringify(refused),
      `${refused.stack}`,
      JSON.stringify({ ...refused }),
    ]
    for (const text of texts) expect(text).not.toContain('hp_mfa_')
  })

  describe('is stated in ten challenges at most', () => {
    const challenges = async (username: string) => {
      const user = await service.auth.users.findByUsername(username)
      const rows = database.sql
        .selectFrom('hallpass_secrets')
        .select('purpose')
        .where('user_id', '=', user?.id ?? '')
      return (await rows.execute()).length
    }
    const stranger = async (username: string, index: number) => {
      const body = { username, password }
      return String(
        (await service.call('POST', '/auth/login', { body, address: `198.51.100.${index}` })).body.mfa_token,
      )
    }

    it.each(['mfa_required', 'mfa_enrollment_required'])('of %s, the newest of which are good', async (missing) => {
      const isEnrolled = missing === 'mfa_required'
      const { username, secret } = isEnrolled ? await newUser() : { username: named(), secret: '' }
      if (!isEnrolled) await service.auth.users.add({ username, password, roles: ['admin'] })
      const tokens: string[] = []
      for (let index = 0; index < 3; index++) {
        tokens.push(...(await Promise.all(Array.from({ length: 8 }, () => challengeOf(service, username)))))
        pass(1)
      }
      expect(await challenges(username)).toBe(10)
      const give = (token: string) =>
        isEnrolled
          ? verify(service, token, codeNow(service, secret))
          : service.call('POST', '/auth/mfa/totp', { body: { mfa_token: token } })
      expect(refusal(await give(tokens[0] ?? ''))).toBe('401 mfa_token_invalid')
      expect((await give(tokens.at(-1) ?? '')).status).toBe(200)
    })

    it('at the addresses that the user was logged in from, apart from those at others', async () => {
      const user = await newUser()
      const own = await challengeOf(service, user.username)
      const first = await stranger(user.username, 0)
      for (let index = 1; index <= 20; index++) await stranger(user.username, index)
      expect(await challenges(user.username)).toBe(11)
      const code = codeNow(service, user.secret)
      expect(refusal(await verify(service, first, code))).toBe('401 mfa_token_invalid')
      expect((await verify(service, own, code)).status).toBe(200)
    })
  })

  const failures: [what: string, claims: () => Record<string, unknown>][] = [
    [
      'fails',
      () => {
        throw new Error('The database of the application is down')
      },
    ],
    ['returns what no token can have', () => ({ limit: 1n })],
  ]
  it.each(failures)('shows the recovery codes also where the application %s at first', async (_, claims) => {
    const inSession = async () => {
      const { access_token: token } = await service.newcomer(named())
      return { token, body: {} }
    }
    const atLogin = async () => {
      const username = named()
      await service.auth.users.add({ username, password, roles: ['admin'] })
      return { body: { mfa_token: await challengeOf(service, username) } }
    }
    for (const way of [await inSession(), await atLogin()]) {
      const begun = await adding.call('POST', '/auth/mfa/totp', way)
      const code = codeNow(adding, String(begun.body.secret))
      const confirm = () =>
        adding.call('POST', `/auth/mfa/totp/${begun.body.id}/confirm`, { ...way, body: { ...way.body, code } })
      added = claims
      const failed = await confirm()
      added = () => ({})
      expect(failed.status).toBe(500)
      expect((await confirm()).body.recovery_codes).toHaveLength(10)
    }
  })
})
