import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { databases, type TestDatabase } from '../../databases.ts'
import { password, type Reply, refusal, type Service, start, startService } from '../service.ts'
import { addApp, codeNow, wrongCode } from './authenticator.ts'

/** How a client comes: from where, and with what it has of earlier logins. */
interface Client {
  readonly address: string
  readonly device?: string
  readonly cookie?: string
}

const home = '203.0.113.7'
const away = '192.0.2.77'
const early = '198.51.100.1'
const wrong = '401 mfa_code_invalid'
const limited = '429 rate_limited'

/** Strangers know the password, and no second factor. */
describe.each(databases)('while others try codes, on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  beforeAll(async () => {
    // The limits ask the machine what time it is: a turn must not come while a slow one is at work.
    vi.useFakeTimers({ toFake: ['Date'], now: start * 1000 })
    test = await open()
    // As it is by default: ten for an account.
    service = await startService(test.url, { limits: { attemptsPerAddress: 100_000 } })
  })
  afterAll(async () => {
    vi.useRealTimers()
    await service.auth.close()
    await test.drop()
  })

  function pass(seconds: number): void {
    service.elapsed += seconds
    vi.setSystemTime((start + service.elapsed) * 1000)
  }

  async function login(username: string, address: string): Promise<Reply> {
    return service.call('POST', '/auth/login', { body: { username, password }, address })
  }

  /** Logs in with the password and a code. */
  async function give(username: string, code: string, client: Client, method = 'totp'): Promise<Reply> {
    const { address, device, cookie } = client
    const mfa_token = (await login(username, address)).body.mfa_token
    const body = { mfa_token, method, code, ...(device !== undefined && { device_token: device }) }
    const headers: Record<string, string> = cookie === undefined ? {} : { cookie }
    return service.call('POST', '/auth/mfa/verify', { body, address, headers })
  }

  /** An owner whom strangers have used up the codes of; who logged in with a factor at home, and all without one before. */
  async function besieged(username: string) {
    await service.newcomer(username)
    const before = String((await login(username, early)).body.device_token)
    const { access_token } = (await login(username, '203.0.113.99')).body
    const { secret, confirmed } = await addApp(service, String(access_token))
    pass(60)
    const { body } = await give(username, codeNow(service, secret), { address: home })
    pass(60)
    const guess = (client: Client) => give(username, wrongCode(service, secret), client)
    for (let count = 0; count < 10; count++) {
      expect(refusal(await guess({ address: `198.51.${count}.9` }))).toBe(wrong)
    }
    expect(refusal(await guess({ address: '198.51.99.9' }))).toBe(limited)
    return {
      guess,
      before,
      device: String(body.device_token),
      token: String(body.access_token),
      enter: (client: Client) => give(username, codeNow(service, secret), client),
      again: (code: string) =>
        service.call('POST', '/auth/reauthenticate', {
          token: String(body.access_token),
          body: { method: 'totp', code },
          address: away,
        }),
      code: (steps = 0) => codeNow(service, secret, steps),
      wrong: () => wrongCode(service, secret),
      recovery: (client: Client) =>
        give(username, (confirmed.body.recovery_codes as string[])[0] ?? '', client, 'recovery_code'),
    }
  }
  type Besieged = Awaited<ReturnType<typeof besieged>>

  const owners: [how: string, enter: (owner: Besieged) => Promise<Reply>][] = [
    ['at a known address', ({ enter }) => enter({ address: home })],
    ['at a known address with a recovery code', ({ recovery }) => recovery({ address: home })],
    ['where the app was set up', ({ enter }) => enter({ address: '203.0.113.99' })],
    ['with a known device', ({ enter, device }) => enter({ address: away, device })],
    ['with a known device and a recovery code', ({ recovery, device }) => recovery({ address: away, device })],
    [
      "with a known device's cookie",
      ({ enter, device }) => enter({ address: away, cookie: `__Host-device_token=${device}` }),
    ],
    ['in a session', ({ again, code }) => again(code())],
  ]
  it.each(owners)('the owner gets in %s', async (how, enter) => {
    expect((await enter(await besieged(`owner ${how}`))).status).toBe(200)
  })

  const strangers: [how: string, client: (owner: Besieged, other: Besieged) => Client][] = [
    ['at a new address', () => ({ address: away })],
    ['where the password alone was proven before', () => ({ address: early })],
    ['with a device of a login by password alone', ({ before }) => ({ address: away, device: before })],
    ["with another account's device", (_, { device }) => ({ address: away, device })],
    ['with an invalid device', ({ device }) => ({ address: away, device: device.replace('hp_dv_', 'hp_rt_') })],
  ]
  it('a stranger has no attempt left', async () => {
    const [other, owner] = [await besieged('bert'), await besieged('anna')]
    for (const [how, client] of strangers)
      expect([how, refusal(await owner.enter(client(owner, other)))]).toEqual([how, limited])
  })

  it('an operator lets the owner in at a new address', async () => {
    const { enter } = await besieged('unlocked')
    const user = await service.auth.users.findByUsername('unlocked')
    await service.auth.users.unlock(user?.id ?? '')
    expect((await enter({ address: away })).status).toBe(200)
  })

  const known: [what: string, attempt: (owner: Besieged, code: string) => Promise<Reply>][] = [
    ['a known address', ({ guess, enter, code }, given) => (given === code() ? enter : guess)({ address: home })],
    [
      'a known device',
      ({ guess, enter, code, device }, given) => (given === code() ? enter : guess)({ address: away, device }),
    ],
    ['a session', ({ again }, given) => again(given)],
  ]
  it.each(known)('%s has ten wrong ones, and turns after them', async (what, attempt) => {
    const owner = await besieged(`turns of ${what}`)
    for (let count = 0; count < 10; count++) expect(refusal(await attempt(owner, owner.wrong()))).toBe(wrong)
    const refused = await attempt(owner, owner.code())
    expect([refusal(refused), refused.headers.get('retry-after')]).toEqual([limited, '1'])
  })

  it('the first code of an app is taken in a session whatever others tried', async () => {
    const { access_token: token } = await service.newcomer('cora')
    const other = String((await login('cora', early)).body.access_token)
    const begin = async (by: string) =>
      (await service.call('POST', '/auth/mfa/totp', { token: by, body: {} })).body as { id: string; secret: string }
    const stolen = await begin(other)
    for (let count = 0; count < 10; count++) {
      await service.call('POST', `/auth/mfa/totp/${stolen.id}/confirm`, { token: other, body: { code: '12345' } })
    }
    const { id, secret } = await begin(token)
    const body = { code: codeNow(service, secret) }
    expect((await service.call('POST', `/auth/mfa/totp/${id}/confirm`, { token, body, address: away })).status).toBe(
      200,
    )
  })

  it('no name that is typed at a login uses up the codes', async () => {
    const { access_token } = await service.newcomer('dora')
    const { secret } = await addApp(service, access_token)
    pass(60)
    const { sub } = service.auth.jwt.decodeToken(access_token)
    for (let count = 0; count < 11; count++) {
      await login(`mfa ${sub}`, `198.51.${count}.66`)
    }
    expect((await give('dora', codeNow(service, secret), { address: away })).status).toBe(200)
  })
})
