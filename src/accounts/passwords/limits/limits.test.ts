import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Redis } from 'iovalkey'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { databases, openSqliteFile } from '../../../../test/databases.ts'
import { startValkey, type ValkeyServer } from '../../../../test/valkey.ts'
import type { Database } from '../../../store/engine/database.ts'
import { openDatabase } from '../../../store/engine/open-database.ts'
import { openValkey, type Valkey } from '../../../store/valkey.ts'
import { type Attempt, Limits } from './limits.ts'

describe.each(databases)('limits on $name', ({ open }) => {
  let database: Database
  let drop: () => Promise<void>
  let limits: Limits
  let queries = 0
  const now = () => new Date()
  beforeAll(async () => {
    const test = await open()
    drop = test.drop
    database = await openDatabase(test.url)
    const query: Database['query'] = (...given) => {
      queries++
      return database.query(...given)
    }
    limits = new Limits({ query, now })
  })
  afterAll(async () => {
    await database.close()
    await drop()
  })

  const attempt: Attempt = {
    purpose: 'password',
    account: 'alice',
    address: '203.0.113.7',
    device: null,
    knownAddresses: () => Promise.reject(new Error('asked without need')),
  }
  const costs: [what: string, attempt: Attempt, proof: string | undefined, queries: number][] = [
    ['a right password', attempt, 'right', 3],
    ['a right password from IPv6', { ...attempt, address: '2001:db8::1' }, 'right', 5],
    ['a right password from an unknown address', { ...attempt, address: null }, 'right', 3],
    ['a right password from a known device', { ...attempt, device: 'd' }, 'right', 2],
    ['a wrong password', attempt, undefined, 4],
  ]
  it.each(costs)('%s costs few queries', async (_what, one, proof, count) => {
    queries = 0
    expect(await limits.attempt(one, async () => proof)).toBe(proof)
    expect(queries).toBe(count)
  })

  const home = '203.0.113.50'
  const atHome: Partial<Attempt> = { address: home, knownAddresses: async () => [home] }
  const namesakes: [what: string, own: Partial<Attempt>, typed: readonly string[]][] = [
    ['the codes of an account', { purpose: 'mfa' }, ['mfa ID', '["mfa","ID"]', 'ID","mfa']],
    ['the codes that are mailed to an address', { purpose: 'sign_in', account: 'address ID' }, ['sign_in address ID']],
    ['its device', { device: 'session s' }, ['ID on session s', 'ID","session s']],
    ['its address', atHome, [`ID at ${home}`, `ID","${home}`]],
  ]
  it.each(namesakes)('of a typed name are not those of %s', async (what, own, typed) => {
    const few = new Limits({ query: database.query, now }, { attemptsPerAccount: 1 })
    const owned: Attempt = { ...attempt, account: what, knownAddresses: async () => [], ...own }
    const account = owned.account.replace('ID', what)
    const elsewhere = { ...attempt, address: '203.0.113.51', knownAddresses: async () => [] }
    for (const name of [what, ...typed.map((text) => text.replace('ID', what))]) {
      await few.attempt({ ...elsewhere, account: name }, async () => undefined)
    }
    expect(await few.attempt({ ...owned, account }, async () => 'right')).toBe('right')
  })

  it('count the wrong codes of a device for all others too, and wrong passwords separately', async () => {
    const few = new Limits({ query: database.query, now }, { attemptsPerAccount: 1 })
    for (const [isJoint, others] of [
      [true, 'rate_limited'],
      [false, 'right'],
    ] as const) {
      const one: Attempt = { ...attempt, account: `joint ${isJoint}`, knownAddresses: async () => [] }
      await few.attempt({ ...one, device: 'd', isJoint }, async () => undefined)
      const other = few.attempt({ ...one, isJoint }, async () => 'right')
      expect(await other.catch(({ code }) => code)).toBe(others)
    }
  })

  it('do not count an attempt that could not be made', async () => {
    for (let i = 0; i < 30; i++) {
      const failing = limits.attempt({ ...attempt, account: 'bob' }, () => Promise.reject(new Error('no hash')))
      await expect(failing).rejects.toThrow('no hash')
    }
    expect(await limits.attempt({ ...attempt, account: 'bob' }, async () => 'right')).toBe('right')
  })

  it('return a turn that could not be used', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const known = { ...attempt, account: 'carol', device: 'd' }
      for (let i = 0; i < 10; i++) await limits.attempt(known, async () => undefined)
      const right = () => limits.attempt(known, async () => 'right')
      await expect(right()).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 1 })
      vi.setSystemTime(Date.now() + 1000)
      await expect(limits.attempt(known, () => Promise.reject(new Error('no hash')))).rejects.toThrow('no hash')
      expect(await right()).toBe('right')
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([20, -20])('give the same turns on a node whose own clock is %s minutes off', async (minutes) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      let shared = Date.now()
      const node = () => new Limits({ query: database.query, now: () => new Date(shared) }, { attemptsPerAccount: 1 })
      const [one, other] = [node(), node()]
      const stranger = { ...attempt, account: `erin ${minutes}`, knownAddresses: async () => [] }
      const tooSoon = { code: 'rate_limited', retryAfterSeconds: 1 }
      await one.attempt(stranger, async () => undefined)
      await expect(one.attempt(stranger, async () => 'right')).rejects.toMatchObject(tooSoon)
      vi.setSystemTime(Date.now() + minutes * 60_000)
      await expect(other.attempt(stranger, async () => 'right')).rejects.toMatchObject(tooSoon)
      shared += 1000
      expect(await other.attempt(stranger, async () => 'right')).toBe('right')
    } finally {
      vi.useRealTimers()
    }
  })

  it('return the turn of an address if the account has its own queue', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const few = new Limits({ query: database.query, now }, { attemptsPerAccount: 1, attemptsPerAddress: 1 })
      const both = { ...attempt, account: 'dave', address: '203.0.113.8', knownAddresses: async () => [] }
      const right = () => few.attempt(both, async () => 'right')
      await few.attempt(both, async () => undefined)
      for (const _line of ['address', 'account']) {
        await expect(right()).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 1 })
        vi.setSystemTime(Date.now() + 1000)
      }
      expect(await right()).toBe('right')
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('limits in Valkey', () => {
  let server: ValkeyServer
  let operator: Redis
  let valkey: Valkey
  let database: Database
  let drop: () => Promise<void>
  let limits: Limits
  let round = 0
  beforeAll(async () => {
    server = await startValkey()
    operator = new Redis(server.url, { enableReadyCheck: false })
    operator.on('error', () => {})
    valkey = await openValkey(server.url, () => {})
    const test = await openSqliteFile()
    drop = test.drop
    database = await openDatabase(test.url)
    limits = withValkey('here')
  })
  afterAll(async () => {
    valkey?.close()
    operator?.disconnect()
    await server?.stop()
    await database?.close()
    await drop?.()
  })

  const faults: Error[] = []
  function withValkey(deployment: string | undefined, { client }: Pick<Valkey, 'client'> = valkey): Limits {
    const few = { attemptsPerAccount: 3, attemptsPerAddress: 5, registrationsPerAddress: 2 }
    // Time stands still for the turns, so none comes.
    const opened = new Date()
    const counters = deployment === undefined ? undefined : { client, deployment, onFault: note }
    return new Limits({ query: database.query, now: () => opened, valkey: counters }, few)
  }

  const note = (fault: Error) => faults.push(fault)

  /** Makes wrong attempts at one account, then at many from one address, and registers. */
  async function answers(on: Limits, number: number): Promise<readonly string[]> {
    const given: string[] = []
    const note = async (answer: Promise<unknown>) => given.push(await answer.then(() => 'made', refusalOf))
    for (let i = 0; i < 5; i++) await note(wrong(on, `victim ${number}`, `198.51.${number}.${i}`))
    for (let i = 0; i < 8; i++) await note(wrong(on, `account ${i} of ${number}`, `203.0.${number}.1`))
    for (let i = 0; i < 4; i++) await note(on.beginRegistration(`203.0.${number}.2`))
    return given
  }
  function wrong(on: Limits, account: string, address: string): Promise<unknown> {
    const attempt = { purpose: 'password', account, address, device: null, knownAddresses: async () => [] }
    return on.attempt(attempt, async () => undefined)
  }
  const refusalOf = ({ code }: { code: string }) => code
  const expected = [
    [3, 'made'],
    [2, 'rate_limited'],
    [5, 'made'],
    [3, 'rate_limited'],
    [2, 'made'],
    [2, 'rate_limited'],
  ].flatMap(([times, answer]) => Array(times as number).fill(answer))

  it('are those in the database', async () => {
    expect(await answers(withValkey(undefined), ++round)).toEqual(expected)
    expect(await answers(limits, ++round)).toEqual(expected)
  })

  it('are those in the database if the answers are not those to the questions', async () => {
    // It answers the question of a client that connects, whether it loads data.
    const confused = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (commands) => {
        for (const command of `${commands}`.match(/^\*\d+\r\n(?:\$.*\r\n.*\r\n)+/gm) ?? [])
          socket.write(/info/i.test(command) ? '$9\r\nloading:0\r\n' : '+PONG\r\n')
      })
    })
    await once(confused.listen(0, '127.0.0.1'), 'listening')
    const odd = await openValkey(`redis://127.0.0.1:${(confused.address() as AddressInfo).port}`, () => {})
    faults.length = 0
    try {
      expect(await answers(withValkey('here', odd), ++round)).toEqual(expected)
      expect(String(faults[0])).toMatch(/no number/)
    } finally {
      odd.close()
      confused.close()
    }
  })

  it('report failures that return with it, and accept right passwords of a device that has some', async () => {
    const account = { purpose: 'password', account: 'owner' }
    const owner = { ...account, address: null, device: 'd', knownAddresses: async () => [] }
    await limits.attempt(owner, async () => undefined)
    await server.stop()
    try {
      await limits.attempt(owner, async () => undefined)
      expect(await limits.attempt(owner, async () => 'right')).toBe('right')
      expect(await limits.forget(account, [])).toBe(false)
    } finally {
      await server.start()
    }
    await expect.poll(() => limits.forget(account, []), { timeout: 120_000 }).toBe(true)
  })

  it('are those of one deployment alone', async () => {
    expect(await answers(limits, ++round)).toEqual(expected)
    expect(await answers(limits, round)).not.toEqual(expected)
    expect(await answers(withValkey('there'), round)).toEqual(expected)
  })

  const states: [what: string, begin: () => unknown, end: () => unknown, reported?: RegExp][] = [
    ['is lost', () => server.stop(), () => server.start()],
    ['has stopped answering', () => server.process.kill('SIGSTOP'), () => server.process.kill('SIGCONT')],
    [
      'has become a replica',
      () => operator.call('REPLICAOF', '127.0.0.1', '1'),
      () => operator.call('REPLICAOF', 'NO', 'ONE'),
      /READONLY/,
    ],
    [
      'has too few replicas',
      () => set('min-replicas-to-write', '1'),
      () => set('min-replicas-to-write', '0'),
      /NOREPLICAS/,
    ],
    ['is full', () => set('maxmemory', '1'), () => set('maxmemory', '0'), /OOM/],
    ['does not permit counting', () => permit('-incrby'), () => permit('+incrby'), /can't run this command|NOPERM/],
    [
      'has values of another type',
      async () => {
        await answers(limits, round + 1)
        await operator.call('EVAL', toLists, '0')
      },
      () => operator.flushall(),
      /WRONGTYPE|not an integer/,
    ],
    ['has forgotten its scripts', () => operator.call('SCRIPT', 'FLUSH'), () => {}],
  ]
  const set = (name: string, value: string) => operator.call('CONFIG', 'SET', name, value)
  const permit = (rule: string) => operator.call('ACL', 'SETUSER', 'default', rule)
  const toLists = `for _, key in ipairs(redis.call('keys', 'hallpass:*')) do
    redis.call('del', key)
    redis.call('rpush', key, 'x')
  end`

  it.each(states)(
    'are those in the database if it %s, and then in Valkey again',
    async (_what, begin, end, reported) => {
      faults.length = 0
      await begin()
      try {
        expect(await answers(limits, ++round)).toEqual(expected)
      } finally {
        await end()
      }
      if (reported !== undefined) expect(String(faults[0])).toMatch(reported)
      const countAgain = async () => {
        await operator.flushall()
        await wrong(limits, `after ${++round}`, `198.51.${round}.1`)
        return operator.dbsize()
      }
      await expect.poll(countAgain, { timeout: 120_000 }).toBeGreaterThan(0)
      expect(await answers(limits, ++round)).toEqual(expected)
    },
  )
})
