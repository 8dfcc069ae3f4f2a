import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { databases } from '../databases.ts'
import { password, type Reply, refusal, type Service, startService } from './service.ts'

const limits = { attemptsPerAccount: 5, attemptsPerAddress: 20, longestDelaySeconds: 60, registrationsPerAddress: 1000 }

describe.each(databases)('guessing on $name', ({ open }) => {
  // One time for the counters and for the cleanup: it would remove them otherwise.
  const options = { limits, trustProxy: ['127.0.0.1'], clock: () => Date.now() / 1000 }
  let service: Service
  let other: Service
  let drop: () => Promise<void>
  let count = 0
  let victim: string

  beforeAll(async () => {
    const database = await open()
    drop = database.drop
    service = await startService(database.url, options)
    other = await startService(database.url, options)
  })
  afterAll(async () => {
    await service.auth.close()
    await other.auth.close()
    await drop()
  })

  beforeEach(async () => {
    // The limiter asks the machine what time it is.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + count * 1_000_000 })
    victim = `victim ${count++}`
    await service.call('POST', '/auth/register', { body: { username: victim, password } })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** A stranger's address, another for each number. */
  const stranger = (number: number) => `198.${18 + count}.${Math.floor(number / 250)}.${(number % 250) + 1}`
  const home = '203.0.113.7'

  function guess(
    username: string,
    from: string,
    guessed = 'a wrong password',
    on: Service = service,
    path = '/auth/login',
  ): Promise<Reply> {
    return on.call('POST', path, {
      body: { username, password: guessed },
      headers: { 'x-forwarded-for': from },
    })
  }
  const wait = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
  const tally = (replies: readonly Reply[]) => Map.groupBy(replies.map(refusal), (code) => code)

  it('passes exactly so many of 200 at once, from 200 addresses, on two processes', async () => {
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        guess(victim, stranger(index), 'wrong password', index % 2 === 0 ? service : other),
      ),
    )
    const outcomes = tally(replies)
    expect(outcomes.get('401 invalid_credentials')).toHaveLength(5)
    expect(outcomes.get('429 rate_limited')).toHaveLength(195)
    for (const { status, headers } of replies) {
      if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    }
  })

  it('waits twice as long each time, up to a bound', async () => {
    for (let i = 0; i < 5; i++) expect(refusal(await guess(victim, stranger(i)))).toBe('401 invalid_credentials')
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      const refused = await guess(victim, stranger(i))
      expect(refusal(refused)).toBe('429 rate_limited')
      waits.push(Number(refused.headers.get('retry-after')))
      wait(waits.at(-1) ?? 0)
      expect(refusal(await guess(victim, stranger(i)))).toBe('401 invalid_credentials')
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  it('refuses the right password too while it waits, and takes it after', async () => {
    for (let i = 0; i < 6; i++) await guess(victim, stranger(i))
    expect(refusal(await guess(victim, stranger(7), password))).toBe('429 rate_limited')
    wait(2)
    expect((await guess(victim, stranger(7), password)).status).toBe(200)
    // It is no stranger any more; the others have to wait as before.
    expect(refusal(await guess(victim, stranger(7)))).toBe('401 invalid_credentials')
    expect(refusal(await guess(victim, stranger(8)))).toBe('429 rate_limited')
  })

  it('does not keep the owner out who was there before', async () => {
    expect((await guess(victim, home, password)).status).toBe(200)
    for (let i = 0; i < 50; i++) await guess(victim, stranger(i))
    expect(refusal(await guess(victim, stranger(51), password))).toBe('429 rate_limited')
    expect((await guess(victim, home, password)).status).toBe(200)
  })

  it('does not keep out whoever is logged in', async () => {
    const { body } = await guess(victim, home, password)
    for (let i = 0; i < 50; i++) await guess(victim, stranger(i))
    const refreshed = await service.call('POST', '/auth/refresh', {
      body: { refresh_token: body.refresh_token },
      headers: { 'x-forwarded-for': home },
    })
    expect(refreshed.status).toBe(200)
    const again = await service.call('POST', '/auth/reauthenticate', {
      body: { password },
      token: body.access_token as string,
      headers: { 'x-forwarded-for': home },
    })
    expect(again.status).toBe(200)
  })

  it('is counted for names that nobody has, too', async () => {
    const replies: Reply[] = []
    for (let i = 0; i < 7; i++) replies.push(await guess(`nobody ${count}`, stranger(i)))
    expect(replies.map(refusal)).toEqual([
      ...Array(5).fill('401 invalid_credentials'),
      ...Array(2).fill('429 rate_limited'),
    ])
  })

  it('is counted for one name in all its spellings', async () => {
    const spellings = [victim, victim.toUpperCase(), victim.replace('v', 'ｖ'), victim.replace('i', 'I'), victim]
    for (const [index, spelling] of spellings.entries()) await guess(spelling, stranger(index))
    expect(refusal(await guess(victim, stranger(9)))).toBe('429 rate_limited')
  })

  it('is counted for one path in all its spellings', async () => {
    const spellings = [
      '/auth/login',
      '/auth/%6cogin',
      '/%61uth/login',
      '/auth/./login',
      '/auth/x/../login',
      '/auth/login?',
    ]
    const replies: Reply[] = []
    for (const [index, path] of spellings.entries()) {
      replies.push(await guess(victim, stranger(index), 'a wrong password', service, path))
    }
    expect(replies.map(refusal)).toEqual([...Array(5).fill('401 invalid_credentials'), '429 rate_limited'])
  })

  it('is counted for one address, whatever the name', async () => {
    const replies: Reply[] = []
    for (let i = 0; i < 22; i++) replies.push(await guess(`name ${count} ${i}`, stranger(0)))
    expect(replies.slice(0, 20).map(refusal)).toEqual(Array(20).fill('401 invalid_credentials'))
    expect(replies.slice(20).map(refusal)).toEqual(Array(2).fill('429 rate_limited'))
    expect(refusal(await guess(`name ${count}`, stranger(1)))).toBe('401 invalid_credentials')
  })

  const spellings: [what: string, address: (number: number) => string][] = [
    ['a network of IPv6', (number) => `2001:db8:${count}:1:${number}::${number}`],
    ['IPv6 in several spellings', (number) => (number % 2 ? `2001:DB8:${count}:2::1` : `2001:db8:${count}:2:0:0:0:1`)],
    ['IPv4 inside of IPv6', (number) => (number % 2 ? stranger(3) : `::ffff:${stranger(3)}`)],
  ]
  it.each(spellings)('is counted once for %s', async (_what, address) => {
    for (let i = 0; i < 20; i++) await guess(`name ${count} ${i}`, address(i))
    expect(refusal(await guess(`name ${count}`, address(21)))).toBe('429 rate_limited')
  })

  it('takes 50 right passwords for one account at once', async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => guess(victim, stranger(1), password)))
    expect(replies.map(({ status }) => status)).toEqual(Array(50).fill(200))
  })

  it('is not counted for passwords that are right', async () => {
    for (let i = 0; i < 30; i++) expect((await guess(victim, home, password)).status).toBe(200)
  })

  it('believes nobody who is no proxy', async () => {
    const plain = await startService('sqlite::memory:', { limits })
    for (let i = 0; i < 20; i++) await guess(`name ${i}`, stranger(i), 'wrong', plain)
    expect(refusal(await guess('name', stranger(21), 'wrong', plain))).toBe('429 rate_limited')
    await plain.auth.close()
  })
})

describe('registration', () => {
  it('is limited by address, and says when to come again', async () => {
    const service = await startService('sqlite::memory:', { limits: { ...limits, registrationsPerAddress: 3 } })
    const replies: Reply[] = []
    for (let i = 0; i < 4; i++) {
      replies.push(await service.call('POST', '/auth/register', { body: { username: `user ${i}`, password } }))
    }
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 429])
    expect(Number(replies[3]?.headers.get('retry-after'))).toBeGreaterThan(60)
    const elsewhere = { body: { username: 'user 5', password }, address: '198.51.100.2' }
    expect((await service.call('POST', '/auth/register', elsewhere)).status).toBe(201)
    await service.auth.close()
  })

  it('is closed where the operator says so', async () => {
    const service = await startService('sqlite::memory:', { registration: 'closed' })
    const reply = await service.call('POST', '/auth/register', { body: { username: 'alice', password } })
    expect(refusal(reply)).toBe('403 registration_closed')
    await service.auth.users.add({ username: 'alice', password })
    expect((await service.call('POST', '/auth/login', { body: { username: 'alice', password } })).status).toBe(200)
    await service.auth.close()
  })
})
