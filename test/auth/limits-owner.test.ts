import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { databases } from '../databases.ts'
import { password, type Reply, refusal, type Service, startService } from './service.ts'

/** Those of a server by default, but for the longest delay, which makes the tests short. */
const limits = { attemptsPerAccount: 10, attemptsPerAddress: 100, longestDelaySeconds: 60, registrationsPerAddress: 50 }
const limited = '429 rate_limited'
const wrong = '401 invalid_credentials'

describe.each(databases)('while others guess, on $name', ({ open }) => {
  const nodes: Service[] = []
  // One time for the counters and for the cleanup: it would remove them otherwise.
  const options = { limits, trustProxy: ['127.0.0.1'], clock: () => Date.now() / 1000 }
  let drop: () => Promise<void>
  let count = 0
  let victim: string

  beforeAll(async () => {
    const database = await open()
    drop = database.drop
    for (let i = 0; i < 3; i++) nodes.push(await startService(database.url, options))
  })
  afterAll(async () => {
    for (const node of nodes) await node.auth.close()
    await drop()
  })
  beforeEach(async () => {
    // The limits ask the machine what time it is.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ++count * 1_000_000 })
    victim = `victim ${count}`
    await node().auth.users.add({ username: victim, password })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const node = (index = 0) => nodes[index % nodes.length] as Service
  const stranger = (number: number) => `198.${count}.${Math.floor(number / 250)}.${(number % 250) + 1}`
  /** A /64 of one /48, in another /56 each time. */
  const neighbour = (number: number) => `2001:db8:${count}:${((number * 257) % 65_536).toString(16)}::1`
  const wait = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
  const retryAfter = ({ headers }: Reply) => Number(headers.get('retry-after'))

  function login(from: string, body: object = {}, on: Service = node()): Promise<Reply> {
    return on.call('POST', '/auth/login', {
      body: { username: victim, password, ...body },
      headers: { 'x-forwarded-for': from },
    })
  }
  const guess = (from: string, body: object = {}) => login(from, { password: 'a wrong password', ...body })

  /** As many wrong ones for other accounts as an address may have. */
  async function fill(address: string): Promise<void> {
    for (let i = 0; i < 100; i++) await guess(address, { username: `name ${count} ${i}` })
    expect(refusal(await guess(address, { username: `name ${count}` }))).toBe(limited)
  }
  async function exhaustAccount(): Promise<void> {
    for (let i = 0; i < 10; i++) expect(refusal(await guess(stranger(i)))).toBe(wrong)
    expect(refusal(await guess(stranger(0)))).toBe(limited)
  }

  it('the owner gets in at once behind an address that guessed a hundred times, if it was known', async () => {
    const campus = stranger(200)
    expect((await login(campus)).status).toBe(200)
    await fill(campus)
    expect((await login(campus)).status).toBe(200)
  })

  it('knowing the address is worth ten wrong ones, and turns after them', async () => {
    const campus = stranger(200)
    await login(campus)
    await fill(campus)
    for (let i = 0; i < 10; i++) expect(refusal(await guess(campus))).toBe(wrong)
    expect(refusal(await guess(campus))).toBe(limited)
    wait(1)
    expect((await login(campus)).status).toBe(200)
  })

  it('an address is free again after ten minutes, and waits a minute at most until then', async () => {
    const campus = stranger(200)
    await fill(campus)
    for (let i = 0; i < 8; i++) {
      const refused = await guess(campus, { username: `other ${count}` })
      expect(retryAfter(refused)).toBeLessThanOrEqual(60)
      wait(retryAfter(refused))
      await guess(campus, { username: `other ${count}` })
    }
    wait(600)
    expect((await login(campus)).status).toBe(200)
  })

  it('the owner gets in at a new address while a stranger polls twice a second', async () => {
    await exhaustAccount()
    // The stranger has had its turns: they are as rare as they become.
    for (let i = 0; i < 8; i++) {
      wait(retryAfter(await guess(stranger(0))))
      expect(refusal(await guess(stranger(0)))).toBe(wrong)
    }
    await guess(stranger(0))
    const first = await login('192.0.2.1')
    expect(refusal(first)).toBe(limited)
    // One turn of the stranger, and its own.
    expect(retryAfter(first)).toBeLessThanOrEqual(2 * limits.longestDelaySeconds)
    let guesses = 0
    for (let halves = retryAfter(first) * 2; halves > 0; halves--) {
      wait(0.5)
      if (refusal(await guess(stranger(0))) === wrong) guesses++
    }
    expect(guesses).toBeLessThanOrEqual(2)
    expect((await login('192.0.2.1')).status).toBe(200)
  })

  it('polling neither helps nor harms, and a turn is good once, on any node', async () => {
    await exhaustAccount()
    const first = retryAfter(await login('192.0.2.1'))
    for (let i = 0; i < 20; i++) expect(retryAfter(await login('192.0.2.1', {}, node(i)))).toBe(first)
    wait(first)
    const body = { password: 'a wrong password' }
    const replies = await Promise.all(Array.from({ length: 30 }, (_, i) => login('192.0.2.1', body, node(i))))
    expect(replies.filter((reply) => refusal(reply) === wrong)).toHaveLength(1)
  })

  it('an attempt that has to wait is answered alike, right or wrong', async () => {
    await exhaustAccount()
    await guess('192.0.2.1')
    const [right, mistaken] = [await login('192.0.2.1'), await guess('192.0.2.1')]
    expect(refusal(right)).toBe(limited)
    expect([right.status, right.body, Object.fromEntries(right.headers)]).toEqual([
      mistaken.status,
      mistaken.body,
      Object.fromEntries(mistaken.headers),
    ])
  })

  it('a /48 of IPv6 has one place in the line', async () => {
    await exhaustAccount()
    const waits: number[] = []
    for (let i = 0; i < 50; i++) waits.push(retryAfter(await guess(neighbour(i))))
    expect(new Set(waits).size).toBe(1)
  })

  const homes: [where: string, address: () => string, before: () => Promise<void>][] = [
    ['at a new address', () => '192.0.2.77', exhaustAccount],
    ["behind a guesser's address", () => stranger(200), () => fill(stranger(200))],
    ["behind a guesser's address, of its account", () => stranger(0), exhaustAccount],
  ]
  it.each(homes)('a known device gets in at once %s', async (_where, address, before) => {
    const { body } = await login('203.0.113.7')
    const known = { device_token: body.device_token }
    await before()
    expect(refusal(await login(address()))).toBe(limited)
    expect(refusal(await guess(address(), known))).toBe(wrong)
    const again = await login(address(), known)
    expect([again.status, again.body.device_token]).toEqual([200, body.device_token])
  })

  it('a known device gets in by its cookie', async () => {
    const cookies = (await login('203.0.113.7', { cookies: true })).headers.getSetCookie()
    const cookie = cookies.find((line) => line.startsWith('__Host-device_token='))?.split(';')[0] as string
    await exhaustAccount()
    const headers = { 'x-forwarded-for': '192.0.2.77', cookie }
    const reply = await node().call('POST', '/auth/login', { body: { username: victim, password }, headers })
    expect(reply.status).toBe(200)
  })

  it('a device has ten wrong ones, then turns; and is none for another account, nor after a change of password', async () => {
    const { body } = await login('203.0.113.7')
    const known = { device_token: body.device_token }
    await exhaustAccount()
    const other = `other ${count}`
    await node().auth.users.add({ username: other, password })
    for (let i = 0; i < 10; i++) expect(refusal(await guess('192.0.2.77', known))).toBe(wrong)
    const refused = await login('192.0.2.77', known)
    expect([refusal(refused), retryAfter(refused)]).toEqual([limited, 1])
    wait(1)
    expect((await login('192.0.2.77', known)).status).toBe(200)
    // It was right: its count begins anew.
    for (let i = 0; i < 10; i++) await guess(stranger(i), { username: other })
    expect(refusal(await login('192.0.2.78', { ...known, username: other }))).toBe(limited)
    const user = await node().auth.users.findByUsername(victim)
    await node().auth.users.setPassword(user?.id ?? '', 'another password of some length')
    const changed = { ...known, password: 'another password of some length' }
    expect(refusal(await login('192.0.2.79', changed))).toBe(limited)
  })

  const namesakes: [what: string, typed: (sid: unknown) => string, get: (token: string) => Promise<Reply>][] = [
    ['its address', () => `${victim} at 203.0.113.7`, () => login('203.0.113.7')],
    [
      'its session',
      (sid) => `${victim} on session ${sid}`,
      (token) =>
        node().call('POST', '/auth/reauthenticate', {
          body: { password },
          token,
          headers: { 'x-forwarded-for': '192.0.2.77' },
        }),
    ],
  ]
  it.each(namesakes)('no name that is typed uses up the count of %s', async (_what, typed, get) => {
    const token = String((await login('203.0.113.7')).body.access_token)
    await exhaustAccount()
    const { sid } = node().auth.jwt.decodeToken(token)
    for (let i = 0; i < 10; i++) await guess(stranger(i + 20), { username: typed(sid) })
    expect((await get(token)).status).toBe(200)
  })

  it('60 right logins of one account at once over three nodes are all let in', async () => {
    const replies = await Promise.all(Array.from({ length: 60 }, (_, i) => login('203.0.113.7', {}, node(i))))
    expect(replies.map(({ status }) => status)).toEqual(Array(60).fill(200))
    for (let i = 0; i < 10; i++) expect(refusal(await guess(stranger(i)))).toBe(wrong)
  })

  it('right ones in flight hide no wrong ones: 10 of 100 pass beside 50 right ones, from three nodes', async () => {
    await login('203.0.113.7')
    const replies = await Promise.all(
      Array.from({ length: 150 }, (_, i) =>
        i % 3 === 0 ? login('203.0.113.7', {}, node(i)) : login(stranger(i), { password: 'wrong' }, node(i)),
      ),
    )
    expect(replies.filter((reply) => refusal(reply) === wrong)).toHaveLength(10)
    expect(replies.filter((_, i) => i % 3 === 0).map(({ status }) => status)).toEqual(Array(50).fill(200))
  })

  it('300 wrong ones from a new /64 of one /48 each time are too many', async () => {
    const replies: string[] = []
    for (let i = 0; i < 300; i++) {
      const address = neighbour(i)
      replies.push(refusal(await guess(address, { username: `name ${count} ${i}` })))
    }
    expect(replies.filter((reply) => reply === wrong).length).toBeLessThanOrEqual(250)
    expect(replies.at(-1)).toBe(limited)
  })

  const spellings: [what: string, address: (number: number) => string][] = [
    ['NAT64', (number) => (number % 2 ? stranger(3) : `64:ff9b::${stranger(3)}`)],
    ['a port', (number) => `${stranger(3)}:${1024 + number}`],
    ['brackets and a port', (number) => `[2001:db8:${count}:1::${number.toString(16)}]:${1024 + number}`],
    ['what cannot be read', (number) => (number % 2 ? 'unknown' : '1.2.3')],
  ]
  it.each(spellings)('an address is counted once with %s', async (_what, address) => {
    for (let i = 0; i < 100; i++) await guess(address(i), { username: `name ${count} ${i}` })
    expect(refusal(await guess(address(101), { username: `name ${count}` }))).toBe(limited)
  })

  const crowds: [what: string, address: (number: number) => string | undefined, most: number][] = [
    ['one /64', (number) => `2001:db8:${count}:1::${number.toString(16)}`, 50],
    ['one /48', neighbour, 125],
    ['nowhere that can be seen', () => 'unknown', 50],
  ]
  it.each(crowds)('accounts are made from %s up to a bound', async (_what, address, most) => {
    const statuses: number[] = []
    for (let i = 0; i < 130; i++) {
      const headers = { 'x-forwarded-for': address(i) ?? '' }
      const body = { username: `new ${count} ${i}`, password }
      statuses.push((await node().call('POST', '/auth/register', { body, headers })).status)
    }
    expect(statuses.filter((status) => status === 201)).toHaveLength(most)
  })

  it('one who is logged in proves the password again, wherever that is', async () => {
    const { body } = await login('203.0.113.7')
    await exhaustAccount()
    const again = await node().call('POST', '/auth/reauthenticate', {
      body: { password },
      token: body.access_token as string,
      headers: { 'x-forwarded-for': '192.0.2.77' },
    })
    expect(again.status).toBe(200)
  })
})
