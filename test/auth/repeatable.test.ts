import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../databases.ts'
import { type MailedNodes, startMailedNodes } from './email/mailed-service.ts'
import { challengeOf, codeNow, type Enrolled, enroll } from './mfa/authenticator.ts'
import { Authenticator } from './passkeys/authenticator.ts'
import { password, refusal, type Service } from './service.ts'

/** A request that the application cannot answer at first, because it fails to provide its claims. */
interface Attempt {
  readonly method?: 'DELETE'
  readonly path: string
  readonly token?: string
  readonly body?: object
}

type Prepare = (world: {
  readonly service: Service
  readonly mailed: MailedNodes
  readonly user: Enrolled
}) => Promise<Attempt>

const newPassword = 'quite another password'

/** Each uses something up, or changes the account, before it answers with a token. */
const attempts: Record<string, Prepare> = {
  'a second factor, by a recovery code': async ({ service, user }) => ({
    path: '/mfa/verify',
    body: {
      mfa_token: await challengeOf(service, user.username),
      method: 'recovery_code',
      code: user.recoveryCodes[0],
    },
  }),
  'a second factor, by an app': async ({ service, user }) => ({
    path: '/mfa/verify',
    body: { mfa_token: await challengeOf(service, user.username), method: 'totp', code: codeNow(service, user.secret) },
  }),
  'a sign-in by mail': async ({ mailed }) => {
    const { email } = await mailed.member()
    await mailed.post('/login/email', { email })
    return { path: '/login/email/verify', body: { token: (await mailed.inbox.next(email)).token } }
  },
  'a sign-in by mail that creates an account': async ({ mailed }) => {
    const { email } = mailed.named()
    await mailed.post('/login/email', { email })
    return { path: '/login/email/verify', body: { token: (await mailed.inbox.next(email)).token } }
  },
  'a sign-in by a mailed code that creates an account': async ({ mailed }) => {
    const { email } = mailed.named()
    await mailed.post('/login/email', { email })
    return { path: '/login/email/verify', body: { email, code: (await mailed.inbox.next(email)).code } }
  },
  'a sign-in by mail on a trusted device': async ({ service, mailed, user }) => {
    const { username } = user
    const { email } = mailed.named()
    const mfa_token = await challengeOf(service, username)
    const code = codeNow(service, user.secret)
    const verified = await service.call('POST', '/auth/mfa/verify', {
      body: { mfa_token, method: 'totp', code, remember_device: true },
    })
    // Only now, so that no notice of the device is mailed before the link.
    await mailed.setUser(username, { email, email_normal: email, email_verified_at: 1 })
    await mailed.post('/login/email', { email })
    const { token } = await mailed.inbox.next(email)
    return { path: '/login/email/verify', body: { token, trusted_device_token: verified.body.trusted_device_token } }
  },
  'a sign-in by mail to an account that someone else may have registered': async ({ mailed }) => {
    const { email } = await mailed.member({ verified: false })
    await mailed.post('/login/email', { email })
    return { path: '/login/email/verify', body: { token: (await mailed.inbox.next(email)).token } }
  },
  'another authentication, by a recovery code': async ({ user }) => ({
    path: '/reauthenticate',
    token: user.access_token,
    body: { method: 'recovery_code', code: user.recoveryCodes[0] },
  }),
  'another authentication, by a password and an app': async ({ service, user }) => ({
    path: '/reauthenticate',
    token: user.access_token,
    body: { password, method: 'totp', code: codeNow(service, user.secret) },
  }),
  'a change of the password': async ({ service, user }) => {
    const body = { method: 'totp', code: codeNow(service, user.secret) }
    const fresh = await service.call('POST', '/auth/reauthenticate', { token: user.access_token, body })
    return {
      path: '/password',
      token: fresh.body.access_token as string,
      body: { current_password: password, new_password: newPassword },
    }
  },
  'the first password': async ({ service, mailed }) => {
    const { email } = mailed.named()
    await mailed.post('/login/email', { email })
    const { token } = await mailed.inbox.next(email)
    const { body } = await mailed.post('/login/email/verify', { token })
    service.elapsed += 10
    return { path: '/password', token: String(body.access_token), body: { new_password: newPassword } }
  },
  'a passkey': async ({ service, user }) => {
    const { access_token: token } = user
    const { body } = await service.call('POST', '/auth/passkeys/options', { token })
    const { options, challenge_token } = body as { options: never; challenge_token: string }
    const credential = new Authenticator().create(options)
    return { path: '/passkeys', token, body: { challenge_token, credential } }
  },
  'a second app': async ({ service, user }) => {
    const { access_token: token } = user
    const { body } = await service.call('POST', '/auth/mfa/totp', { token, body: {} })
    const code = codeNow(service, String(body.secret))
    return { path: `/mfa/totp/${body.id}/confirm`, token, body: { code } }
  },
  'the removal of an app': async ({ user }) => ({
    method: 'DELETE',
    path: `/mfa/totp/${user.id}`,
    token: user.access_token,
  }),
}

describe.each(databases)('a request that failed because the application did, on $name', ({ open }) => {
  let mailed: MailedNodes
  let fails = false
  let count = 0
  const asked: string[] = []
  beforeAll(async () => {
    const claimsFor = ({ username }: { username: string }) => {
      asked.push(username)
      if (fails) throw new Error('the application fails')
      return {}
    }
    mailed = await startMailedNodes(await open(), { claimsFor, sessionsPerUser: 2, onError: () => {} })
  })
  afterAll(async () => {
    await mailed.close()
  })

  it.each(Object.entries(attempts))('can be repeated: %s', async (_what, prepare) => {
    const [service] = mailed.nodes
    const user = await enroll(service, `enrolled${count++}`)
    service.elapsed += 60
    const { method = 'POST', path, ...attempt } = await prepare({ service, mailed, user })
    fails = true
    const failed = await service.call(method, `/auth${path}`, attempt).finally(() => {
      fails = false
    })
    expect(refusal(failed)).toBe('500 internal_error')
    const repeated = await service.call(method, `/auth${path}`, attempt)
    expect(repeated.body).not.toHaveProperty('code')
    expect([200, 201, 204]).toContain(repeated.status)
  })

  it('ends no session: a password that is sent again and again', async () => {
    const [service] = mailed.nodes
    const { access_token: first } = await service.newcomer('insistent')
    const log = () => service.call('POST', '/auth/login', { body: { username: 'insistent', password } })
    const second = String((await log()).body.access_token)
    fails = true
    for (let time = 0; time < 3; time++) expect(refusal(await log())).toBe('500 internal_error')
    fails = false
    for (const token of [first, second]) expect((await service.call('GET', '/auth/me', { token })).status).toBe(200)
  })

  it('is refused as always if no token is due: a wrong password, a missing factor, a disabled user', async () => {
    const [service] = mailed.nodes
    const { username, access_token: token } = await enroll(service, 'refused')
    const { email, username: disabled } = await mailed.member()
    await mailed.post('/login/email', { email })
    const { token: link } = await mailed.inbox.next(email)
    await service.auth.users.disable((await service.auth.users.findByUsername(disabled))?.id ?? '')
    asked.length = 0
    fails = true
    const send = (path: string, body: object, more = {}) => service.call('POST', `/auth${path}`, { body, ...more })
    const refusals = [
      await send('/login', { username, password: newPassword }),
      await send('/login', { username, password }),
      await send('/reauthenticate', { password: newPassword }, { token }),
      await send('/login/email/verify', { token: link }),
    ].map(refusal)
    fails = false
    expect(refusals).toEqual([
      '401 invalid_credentials',
      '403 mfa_required',
      '401 invalid_credentials',
      '401 code_invalid',
    ])
    expect(asked).toEqual([])
  })
})
