import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { listAuditEvents } from '../../audit-events.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { password, type Reply, refusal, type Service, startService } from '../service.ts'
import { mostCompared } from '../turns.ts'
import { Authenticator } from './authenticator.ts'

interface Challenge {
  readonly options: never
  readonly challenge_token: string
}

// No passkey can be guessed. Wrong ones are counted and audited all the same, wherever they are sent.
describe.each(databases)('wrong passkeys on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  let database: Database
  beforeAll(async () => {
    // The limits ask the machine what time it is: a turn must not come while a slow machine is at work.
    vi.useFakeTimers({ toFake: ['Date'] })
    test = await open()
    // As it is by default: ten for an account.
    service = await startService(test.url, { limits: { attemptsPerAddress: 100_000 } })
    database = await openDatabase(test.url)
  })
  afterAll(async () => {
    vi.useRealTimers()
    await database.close()
    await service.auth.close()
    await test.drop()
  })

  const send = (path: string, body?: object, more: { token?: string; address?: string } = {}): Promise<Reply> =>
    service.call('POST', `/auth${path}`, { ...(body && { body }), ...more })
  const ask = async (path: string, body?: object, token?: string) =>
    (await send(path, body, token === undefined ? {} : { token })).body as unknown as Challenge
  const answer = ({ options, challenge_token }: Challenge, authenticator: Authenticator, isWrong: boolean) => ({
    challenge_token,
    credential: authenticator.get(options, isWrong ? { origin: 'https://evil.example' } : {}),
  })
  let count = 0
  async function newcomer() {
    const username = `user${count++}`
    const { access_token } = await service.newcomer(username)
    const authenticator = new Authenticator()
    const { options, challenge_token } = await ask('/passkeys/options', undefined, access_token)
    const made = await send(
      '/passkeys',
      { challenge_token, credential: authenticator.create(options) },
      { token: access_token },
    )
    const token = String(made.body.access_token)
    return { username, authenticator, token, id: String(service.auth.jwt.decodeToken(token).sub) }
  }
  type User = Awaited<ReturnType<typeof newcomer>>
  async function again({ token, authenticator }: User, isWrong: boolean, withPassword = {}): Promise<Reply> {
    const challenge = await ask('/reauthenticate/passkey/options', undefined, token)
    return send('/reauthenticate', { ...answer(challenge, authenticator, isWrong), ...withPassword }, { token })
  }
  let place = 0
  async function verifyFromElsewhere({ username, authenticator }: User, isWrong: boolean): Promise<Reply> {
    const address = `198.51.100.${place++}`
    const { mfa_token } = (await send('/login', { username, password }, { address })).body
    const challenge = await ask('/mfa/passkey/options', { mfa_token })
    const body = { mfa_token, method: 'passkey', ...answer(challenge, authenticator, isWrong) }
    return send('/mfa/verify', body, { address })
  }
  const refusals = async ({ id }: User) =>
    (await listAuditEvents(database.sql, { userId: id, limit: 100 })).filter(({ event }) => event === 'factor_refused')
  const times = async <Result>(many: number, make: () => Promise<Result>) => {
    const results: Result[] = []
    for (let made = 0; made < many; made++) results.push(await make())
    return results
  }

  const ways: [way: string, attempt: (user: User, isWrong: boolean) => Promise<Reply>][] = [
    ['of a user who authenticates again', again],
    ['of a user who authenticates again, with the password', (user, isWrong) => again(user, isWrong, { password })],
    ['that complete a login', verifyFromElsewhere],
  ]
  it.each(ways)('%s are audited, and ten are compared', async (_, attempt) => {
    const user = await newcomer()
    const wrong = await times(10, () => attempt(user, true))
    expect(new Set(wrong.map(refusal))).toEqual(new Set(['401 passkey_invalid']))
    expect((await refusals(user)).map(({ details }) => details)).toEqual(Array(10).fill({ purpose: 'passkey' }))
    const right = await attempt(user, false)
    expect([refusal(right), right.headers.has('retry-after')]).toEqual(['429 rate_limited', true])
    expect(service.events).toContain('login_limited')
    expect(await refusals(user)).toHaveLength(10)
    await service.auth.users.unlock(user.id)
    if (attempt === verifyFromElsewhere) expect((await attempt(user, false)).status).toBe(200)
  })

  it('are ten of fifty at once, before they are compared', async () => {
    const user = await newcomer()
    const asked = await Promise.all(
      Array.from({ length: 50 }, () => ask('/reauthenticate/passkey/options', undefined, user.token)),
    )
    const bodies = asked.map((challenge) => answer(challenge, user.authenticator, true))
    const begun = performance.now()
    const replies = await Promise.all(bodies.map((body) => send('/reauthenticate', body, { token: user.token })))
    const outcomes = replies.map(refusal)
    const most = mostCompared(begun)
    expect(outcomes.filter((outcome) => outcome === '401 passkey_invalid').length).toBeLessThanOrEqual(most)
    expect(outcomes.filter((outcome) => outcome === '429 rate_limited').length).toBeGreaterThanOrEqual(50 - most)
  })

  it('of strangers do not slow down the session of the user, and a right one begins a new count there', async () => {
    const user = await newcomer()
    await times(11, () => verifyFromElsewhere(user, true))
    expect(refusal(await verifyFromElsewhere(user, false))).toBe('429 rate_limited')
    for (const _ of [1, 2]) {
      await times(9, () => again(user, true))
      expect((await again(user, false)).status).toBe(200)
    }
  })

  it('are counted apart from codes and passwords', async () => {
    const user = await newcomer()
    await times(11, () => again(user, true))
    expect(refusal(await again(user, false))).toBe('429 rate_limited')
    expect((await send('/reauthenticate', { password }, { token: user.token })).status).toBe(200)
    const code = { method: 'recovery_code', code: 'AAAA-BBBB-CCCC-DDDD' }
    expect(refusal(await send('/reauthenticate', code, { token: user.token }))).toBe('401 mfa_code_invalid')
  })

  it('that are limited at a login are announced', async () => {
    const user = await newcomer()
    const signIn = async (isWrong: boolean) => {
      const challenge = await ask('/login/passkey/options')
      const address = `203.0.113.${place++}`
      return send('/login/passkey', answer(challenge, user.authenticator, isWrong), { address })
    }
    await times(10, () => signIn(true))
    const before = service.events.filter((event) => event === 'login_limited').length
    expect(refusal(await signIn(false))).toBe('429 rate_limited')
    expect(service.events.filter((event) => event === 'login_limited')).toHaveLength(before + 1)
  })
})
