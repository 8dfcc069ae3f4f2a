import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CarriedKind, sealCarried } from '../../src/accounts/one-time/carried.ts'
import { makeServerSecret } from '../../src/secrets/server-secret.ts'
import { password, refusal, type Service, secret, start, startService } from './service.ts'

const provider = { clientId: 'hallpass', clientSecret: 'secret', issuer: 'https://login.example' } as const
const state = 'a-state'
const tag = createHash('sha256').update(state).digest('hex').slice(0, 16)
const checks = { redirectUri: 'https://id.example/auth/oauth/openid/callback', state, nonce: 'n', verifier: 'v' }
const profile = { issuer: provider.issuer, subject: 'anna', email: null, emailVerified: false }

/** As during an upgrade, when two versions serve at once. */
describe('what another version has sealed counts as absent', () => {
  let service: Service
  beforeAll(async () => {
    const url = 'https://id.example'
    const keyRing = { encryptionSecret: secret }
    service = await startService('sqlite::memory:', {
      secret: undefined,
      keyRing,
      url,
      providers: { openid: provider },
    })
    await service.newcomer('anna')
  })
  afterAll(() => service.auth.close())

  const seal = (kind: CarriedKind, about: string, content: unknown) =>
    sealCarried(makeServerSecret([secret]), kind, about, content as object, new Date(start * 1000))
  const asCookie = (name: string, kind: CarriedKind, about: string, content: unknown) => ({
    headers: { cookie: `__Host-provider_${name}=${seal(kind, about, content)}` },
  })

  const outcome = { code: 'provider_refused', msg: 'Refused', next: {} }
  const outcomes: [what: string, content: unknown, status: number][] = [
    ['of this version', outcome, 401],
    ['null', null, 204],
    ['a text', 'provider_refused', 204],
    ['with an unknown code', { ...outcome, code: 'from_the_future' }, 204],
    ['with a code that every object has', { ...outcome, code: 'toString' }, 204],
    ['with another delay', { ...outcome, retryAfterSeconds: 'soon' }, 204],
    ['without a message', { ...outcome, msg: undefined }, 204],
  ]
  it.each(outcomes)('an outcome: %s', async (_what, content, status) => {
    const reply = await service.call('POST', '/auth/oauth/outcome', asCookie('outcome', 'outcome', '', content))
    expect(reply.status).toBe(status)
  })

  const signIns: [what: string, content: unknown][] = [
    ['null', null],
    ['without an address to return to', { ...checks, redirectUri: undefined, remember: true }],
    ['without a choice of cookies', checks],
    ['with another kind of link', { ...checks, remember: true, link: 'anna' }],
    ['with a null link', { ...checks, remember: true, link: null }],
  ]
  it.each(signIns)('a sign-in: %s', async (_what, content) => {
    const call = asCookie(`sign_in_${tag}`, 'sign-in', 'openid', content)
    const { status, headers } = await service.call('GET', `/auth/oauth/openid/callback?state=${state}&code=x`, call)
    expect([status, headers.get('location')]).toEqual([303, 'https://id.example/?error=provider_refused'])
  })

  const pending: [what: string, content: (userId: string) => unknown][] = [
    ['null', () => null],
    ['without a profile', (userId) => ({ userId, provider: 'openid' })],
    ['without a subject', (userId) => ({ userId, provider: 'openid', profile: { ...profile, subject: undefined } })],
    ['with other tokens', (userId) => ({ userId, provider: 'openid', profile, kept: {} })],
  ]
  it.each(pending)('an identity to link: %s', async (_what, content) => {
    const { id = '' } = (await service.auth.users.findByUsername('anna')) ?? {}
    const call = asCookie('pending_identity', 'pending identity', '', content(id))
    const body = { username: 'anna', password, cookies: true }
    const { status, headers } = await service.call('POST', '/auth/login', { ...call, body })
    expect(status).toBe(200)
    expect(headers.getSetCookie().join()).toContain('__Host-provider_pending_identity=;')
  })

  const challenges: [what: string, content: unknown][] = [
    ['null', null],
    ['without a challenge', {}],
    ['with another handle', { challenge: 'c', userHandle: 1 }],
  ]
  it.each(challenges)('a challenge for a passkey: %s', async (_what, content) => {
    const credential = { id: 'AAAA', rawId: 'AAAA', type: 'public-key', response: {}, clientExtensionResults: {} }
    const body = { challenge_token: seal('passkey', 'login:', content), credential }
    expect(refusal(await service.call('POST', '/auth/login/passkey', { body }))).toBe('401 passkey_invalid')
  })
})
