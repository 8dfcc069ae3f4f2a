import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../databases.ts'
import { type MailedNodes, type Member, url as site, startMailedNodes } from '../email/mailed-service.ts'
import { addSessions } from '../many-sessions.ts'
import { addApp, challengeOf, codeNow } from '../mfa/authenticator.ts'
import { Authenticator } from '../passkeys/authenticator.ts'
import { password, type Reply, refusal, type Service, startService } from '../service.ts'

/** More sessions than are ended in one transaction: some are ended before it. */
const manySessions = 120
const tables = [
  'hallpass_users',
  'hallpass_sessions',
  'hallpass_revocations',
  'hallpass_secrets',
  'hallpass_totp',
  'hallpass_recovery_codes',
  'hallpass_passkeys',
  'hallpass_identities',
  'hallpass_devices',
  'hallpass_mails',
  'hallpass_audit',
] as const

// Sessions end, mails go out and events are written with a change, and not before it is refused.
describe.each(databases)('a change of a way in that is refused, on $name', ({ open }) => {
  let test: TestDatabase
  let world: MailedNodes
  let service: Service
  /** On the same database, where addresses have to be verified. */
  let verifying: Service
  /** The same, where mail signs in. */
  let mailing: Service
  beforeAll(async () => {
    test = await open()
    const settings = {
      mfaRoles: ['admin'],
      providers: { one: { preset: 'openid', issuer: 'https://one.example', clientId: 'x', clientSecret: 'y' } },
    } as const
    world = await startMailedNodes(test, { ...settings, url: 'http://localhost', emailSignIn: false })
    service = world.nodes[0]
    // Any node may send a mail that another one has queued.
    const { send: sendMail } = world.inbox
    verifying = await startService(test.url, { ...settings, url: site, sendMail, requireVerifiedEmail: true })
    mailing = await startService(test.url, { ...settings, url: site, sendMail, emailSignIn: true })
  })
  afterAll(async () => {
    await mailing.auth.close()
    await verifying.auth.close()
    await world.close()
  })

  const call = (method: string, path: string, token: string, body?: object): Promise<Reply> =>
    service.call(method, `/auth${path}`, { token, ...(body && { body }) })
  async function dump(): Promise<Record<string, unknown>> {
    const rows = tables.map(async (table) => {
      const found = await world.database.sql.selectFrom(table).selectAll().execute()
      // Mails are being sent meanwhile.
      return [table, found.map((row) => ('recipient' in row ? row.id : JSON.stringify(row))).sort()] as const
    })
    return Object.fromEntries(await Promise.all(rows))
  }
  const idOf = async (username: string) => (await service.auth.users.findByUsername(username))?.id ?? ''
  interface Made {
    readonly id: string
    readonly token: string
    readonly authenticator: Authenticator
  }
  async function begin(token: string) {
    const { body } = await call('POST', '/passkeys/options', token)
    return body as unknown as { readonly options: never; readonly challenge_token: string }
  }
  async function addPasskey(token: string): Promise<Made> {
    const authenticator = new Authenticator()
    const { options, challenge_token } = await begin(token)
    const { body } = await call('POST', '/passkeys', token, {
      challenge_token,
      credential: authenticator.create(options),
    })
    return { id: (body.passkey as { id: string }).id, token: String(body.access_token), authenticator }
  }
  async function link(username: string): Promise<string> {
    const user_id = await idOf(username)
    const row = { id: user_id, user_id, provider: 'one', issuer: 'https://one.example', subject: username }
    await world.database.sql
      .insertInto('hallpass_identities')
      .values({ ...row, email_verified: 0, created_at: 0 })
      .execute()
    return user_id
  }
  const beAdmin = (username: string) => world.setUser(username, { roles: '["admin"]' })
  const never = '01800000-0000-7000-8000-000000000000'

  const refusals: [what: string, code: string, arrange: (member: Member) => Promise<() => Promise<Reply>>][] = [
    [
      'the last passkey of an account without a password',
      'last_way_in',
      async ({ username, access }) => {
        const { id, token } = await addPasskey(access)
        await world.setUser(username, { password_hash: '' })
        return () => call('DELETE', `/passkeys/${id}`, token)
      },
    ],
    [
      'a passkey that is another user’s',
      'passkey_not_found',
      async ({ access }) => {
        const { id } = await addPasskey((await world.member()).access)
        return () => call('DELETE', `/passkeys/${id}`, access)
      },
    ],
    [
      'the last passkey of an administrator',
      'mfa_enrollment_required',
      async ({ username, access }) => {
        const { id, token } = await addPasskey(access)
        await beAdmin(username)
        return () => call('DELETE', `/passkeys/${id}`, token)
      },
    ],
    [
      'a passkey that is registered already',
      'passkey_invalid',
      async ({ access }) => {
        const { authenticator, token } = await addPasskey(access)
        const { options, challenge_token } = await begin(token)
        const credential = authenticator.create(options)
        return () => call('POST', '/passkeys', token, { challenge_token, credential })
      },
    ],
    [
      'an app that is none',
      'factor_not_found',
      async ({ access }) => {
        return () => call('DELETE', `/mfa/totp/${never}`, access)
      },
    ],
    [
      'the last app of an administrator',
      'mfa_enrollment_required',
      async ({ username, access }) => {
        const { id, confirmed } = await addApp(service, access)
        await beAdmin(username)
        return () => call('DELETE', `/mfa/totp/${id}`, String(confirmed.body.access_token))
      },
    ],
    [
      'recovery codes without a factor',
      'factor_not_found',
      async ({ access }) => {
        return () => call('POST', '/mfa/recovery_codes', access)
      },
    ],
    [
      'a password, where nothing else signs in',
      'last_way_in',
      async ({ access }) => {
        return () => call('DELETE', '/password', access)
      },
    ],
    [
      'the last account at a provider',
      'last_way_in',
      async ({ username, access }) => {
        const id = await link(username)
        await world.setUser(username, { password_hash: '' })
        return () => call('DELETE', `/identities/${id}`, access)
      },
    ],
    [
      'an account at a provider that is none',
      'identity_not_found',
      async ({ access }) => {
        return () => call('DELETE', `/identities/${never}`, access)
      },
    ],
    [
      'the first app of an administrator whose address is no longer enough',
      'email_not_verified',
      async ({ username }) => {
        await beAdmin(username)
        const mfa_token = await challengeOf(service, username)
        const begun = await service.call('POST', '/auth/mfa/totp', { body: { mfa_token } })
        await world.setUser(username, { email_verified_at: null })
        const body = { mfa_token, code: codeNow(service, String(begun.body.secret)) }
        return () => verifying.call('POST', `/auth/mfa/totp/${begun.body.id}/confirm`, { body })
      },
    ],
    [
      'a password, by mail to an address that was never proven, of an account with a factor',
      'code_invalid',
      async ({ username, email }) => {
        await world.setUser(username, { email_verified_at: null })
        await world.post('/password/forgot', { email })
        const { token } = await world.inbox.next(email)
        await world.setUser(username, { second_factors: 1 })
        return () => world.post('/password/reset', { token, new_password: 'quite another password' })
      },
    ],
    [
      'an account, by a mailed link, whose address another account has proven before',
      'code_invalid',
      async ({ username, email }) => {
        await world.setUser(username, { email_verified_at: null })
        await mailing.call('POST', '/auth/login/email', { body: { email } })
        const { token } = await world.inbox.next(email)
        const other = await world.member()
        await world.setUser(other.username, { email, email_normal: email, email_verified_at: 1 })
        return () => mailing.call('POST', '/auth/login/email/verify', { body: { token } })
      },
    ],
    [
      'an address, for a session that is over',
      'code_invalid',
      async ({ access }) => {
        const { email } = world.named()
        await world.post('/email/change', { new_email: email }, { token: access })
        const { token } = await world.inbox.next(email)
        await call('POST', '/logout', access)
        return () => world.post('/email/change/confirm', { token })
      },
    ],
    [
      'an address back that another account has proven before',
      'code_invalid',
      async ({ username, email, access }) => {
        const next = world.named().email
        await world.post('/email/change', { new_email: next }, { token: access })
        await world.inbox.next(email)
        await world.post('/email/change/confirm', { token: (await world.inbox.next(next)).token })
        const { token } = await world.inbox.next(email)
        const other = await world.member()
        await world.setUser(other.username, { email, email_normal: email, email_verified_at: 1 })
        expect(await idOf(username)).not.toBe('')
        return () => world.post('/email/change/undo', { token })
      },
    ],
  ]
  it.each(refusals)('changes nothing: %s, with %s', async (_, code, arrange) => {
    const member = await world.member()
    const id = await idOf(member.username)
    const send = await arrange(member)
    await addSessions(test.url, id, manySessions)
    const before = await dump()
    expect(refusal(await send())).toMatch(new RegExp(`^4\\d\\d ${code}$`))
    expect(await dump()).toEqual(before)
  })

  it('and one that is made ends all other sessions', async () => {
    const { username, access } = await world.member()
    const { id, token } = await addPasskey(access)
    await addSessions(test.url, await idOf(username), manySessions)
    expect((await call('DELETE', `/passkeys/${id}`, token)).status).toBe(204)
    const living = await world.database.sql
      .selectFrom('hallpass_sessions')
      .select('id')
      .where('user_id', '=', await idOf(username))
      .where('revoked_at', 'is', null)
      .execute()
    expect(living).toHaveLength(1)
    expect((await service.call('POST', '/auth/login', { body: { username, password } })).status).toBe(200)
  })
})
