import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { databases } from '../../databases.ts'
import { password, type Reply } from '../service.ts'
import { countStatements, workOf } from '../work.ts'
import { type MailedNodes, type manyMails, startMailedNodes } from './mailed-service.ts'

vi.mock('@node-rs/argon2', async (original) => (await import('../work.ts')).countHashes(await original()))

const wrong = 'not the password of anyone'

/** A client that tries addresses learns nothing: neither from answers, nor from the work that they take, nor from limits. */
describe.each(databases)('known and unknown addresses on $name', ({ open }) => {
  let world: MailedNodes
  let closed: MailedNodes
  const addresses: Record<string, string> = {}
  beforeAll(async () => {
    countStatements()
    world = await startMailedNodes(await open())
    closed = await startMailedNodes(await open(), { registration: 'closed' })
    for (const { auth } of [world.nodes[0], closed.nodes[0]]) {
      for (const name of ['verified', 'unverified', 'disabled', 'bare', 'squatter']) {
        const email = name === 'squatter' ? 'unverified@mail.example' : `${name}@mail.example`
        const { id } = await auth.users.add({ username: name, password, email })
        if (name === 'disabled') await auth.users.disable(id)
        addresses[name] = email
      }
    }
    for (const one of [world, closed]) {
      for (const name of ['verified', 'disabled', 'bare']) await one.setUser(name, { email_verified_at: 1 })
      await one.setUser('bare', { password_hash: '' })
      await one.setUser('squatter', { email: 'single@mail.example', email_normal: 'single@mail.example' })
    }
    addresses.squatter = 'single@mail.example'
    addresses.unknown = 'nobody@mail.example'
    addresses['of another spelling'] = 'VERIFIED@Mail.Example'
  })
  afterAll(async () => {
    await world.close()
    await closed.close()
    vi.restoreAllMocks()
  })

  let count = 0
  const requests: [what: string, path: string, body: (email: string) => object, where: 'open' | 'closed'][] = [
    ['a login', '/login', (username) => ({ username, password: wrong }), 'open'],
    ['a registration', '/register', (email) => ({ username: `new${count++}`, email, password }), 'open'],
    ['a forgotten password', '/password/forgot', (email) => ({ email }), 'open'],
    ['a login by mail', '/login/email', (email) => ({ email }), 'open'],
    ['a login by mail where registration is closed', '/login/email', (email) => ({ email }), 'closed'],
    ['a verification', '/email/verification', (email) => ({ email }), 'open'],
    ['a wrong code of a verification', '/email/verify', (email) => ({ email, code: '000000' }), 'open'],
    [
      'a wrong code of a reset',
      '/password/reset',
      (email) => ({ email, code: '00000000', new_password: 'quite another password' }),
      'open',
    ],
    ['a wrong code of a login', '/login/email/verify', (email) => ({ email, code: '00000000' }), 'open'],
  ]

  /** Ids and times differ, and names that the request itself has. */
  const shapeOf = ({ status, body, headers }: Reply) => [
    status,
    Object.entries(body).map(([name, value]) =>
      /^(?:id|email|username|created_at)$/.test(name) ? name : [name, value],
    ),
    Object.fromEntries(headers),
  ]
  const tables = ['hallpass_users', 'hallpass_sessions', 'hallpass_audit', 'hallpass_mails'] as const
  async function countRows({ database }: MailedNodes): Promise<number[]> {
    const counts: number[] = []
    for (const table of tables) {
      const { rows } = await database.sql
        .selectFrom(table)
        .select(({ fn }) => fn.countAll().as('rows'))
        .executeTakeFirstOrThrow()
      counts.push(Number(rows))
    }
    return counts
  }

  it.each(requests)('%s is answered alike, with the same work', async (_, path, bodyOf, where) => {
    const service = where === 'open' ? world : closed
    for (let round = 0; round < 2; round++) {
      const seen: Record<string, unknown> = {}
      for (const [kind, email] of Object.entries(addresses)) {
        const before = await countRows(service)
        let reply: Reply | undefined
        const work = await workOf(async () => {
          reply = await service.post(path, bodyOf(email))
        })
        const rows = (await countRows(service)).map((rows, index) => rows - (before[index] ?? 0))
        // A pool opens a connection when it likes.
        const statements = work.statements.filter((statement) => !statement.includes('pg_is_in_recovery'))
        seen[kind] = { reply: reply && shapeOf(reply), rows, hashes: work.hashes, statements }
        expect(statements.length).toBeGreaterThan(2)
      }
      const [first, ...others] = Object.values(seen)
      for (const other of others) expect(other).toEqual(first)
    }
  })

  it('a login by an address takes the statements of one by username', async () => {
    const works = []
    // The first one opens a connection.
    for (const username of ['verified', 'verified', 'verified@mail.example']) {
      works.push(await workOf(() => world.post('/login', { username, password })))
    }
    const finds = (statement: string) => /from "?hallpass_users"?/i.test(statement)
    const [, byName, byAddress] = works.map(({ statements }) => statements.map((one) => (finds(one) ? 'find' : one)))
    expect(byAddress).toEqual(byName)
    expect(byName?.filter((one) => one === 'find')).toHaveLength(1)
  })

  it('two names of one account share one count of attempts', async () => {
    const countersAfter = async (username: string) => {
      await world.post('/login', { username, password: wrong })
      const { rows } = await world.database.query("SELECT key FROM hallpass_counters WHERE key LIKE 'tries:%'", [])
      return rows.length
    }
    const { username, email } = await world.member()
    const counters = await countersAfter(username)
    expect(await countersAfter(email)).toBe(counters)
    expect(await countersAfter(email.toUpperCase())).toBe(counters)
    expect(await countersAfter('someone.else@mail.example')).toBe(counters + 1)
  })

  const limited: [what: string, limits: Partial<typeof manyMails>, allowed: number, seconds: number][] = [
    ['a minute', { mailsPerMinute: 1 }, 1, 60],
    ['an hour', { mailsPerHour: 3 }, 3, 3600],
    ['a day', { mailsPerDay: 4 }, 4, 86_400],
  ]
  it.each(limited)('meet the same limit of mails %s, each purpose apart', async (_, limits, allowed, seconds) => {
    const strict = await startMailedNodes(await open(), { limits })
    const { email } = await strict.member({ verified: false })
    const ask = async (path: string, address: string, times: number) => {
      const replies = []
      for (let i = 0; i < times; i++) replies.push(await strict.post(path, { email: address }))
      const last = Number(replies.at(-1)?.headers.get('retry-after'))
      if (times > allowed) expect(last > seconds - 30 && last <= seconds).toBe(true)
      return replies.map(({ status, body }) => [status, body.code])
    }
    for (const path of ['/password/forgot', '/login/email']) {
      const known = await ask(path, email, allowed + 2)
      expect(known.map(([status]) => status)).toEqual([...Array(allowed).fill(202), 429, 429])
      expect(await ask(path, 'nobody@mail.example', allowed + 2)).toEqual(known)
    }
    // The registration has mailed once.
    expect((await ask('/email/verification', email, allowed)).at(-1)).toEqual([429, 'rate_limited'])
    const before = await strict.countMails()
    const again = await strict.post('/register', { username: 'another', email, password })
    expect([again.status, await strict.countMails()]).toEqual([201, before])
    await strict.close()
  })

  it('meet the limit of a network, which is used up by no other', async () => {
    const strict = await startMailedNodes(await open(), { limits: { mailsPerNetwork: 2 } })
    const from = (address: string, email: string) =>
      strict.nodes[0].call('POST', '/auth/password/forgot', { body: { email }, address })
    const statuses = []
    for (const [address, email] of [
      ['203.0.113.1', 'a@mail.example'],
      ['203.0.113.1', 'b@mail.example'],
      ['203.0.113.1', 'c@mail.example'],
      ['203.0.113.2', 'c@mail.example'],
    ] as const) {
      statuses.push((await from(address, email)).status)
    }
    expect(statuses).toEqual([202, 202, 429, 202])
    await strict.close()
  })
})
