import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../databases.ts'
import { type MailedNodes, startMailedNodes } from './email/mailed-service.ts'
import { challengeOf, codeNow, type Enrolled, enroll } from './mfa/authenticator.ts'
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
  beforeAll(async () => {
    const claimsFor = () => {
      if (fails) throw new Error('the application fails')
      return {}
    }
    mailed = await startMailedNodes(await open(), { claimsFor, onError: () => {} })
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
    expect([200, 204]).toContain(repeated.status)
  })
})
