import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../databases.ts'
import { password, refusal } from '../service.ts'
import { countWaiting } from '../waiting.ts'
import { type MailedNodes, startMailedNodes } from './mailed-service.ts'

/** What a stranger gains, or takes from others, who types an address that is not the stranger's. */
describe.each(databases)('on $name', ({ open }) => {
  let world: MailedNodes
  let strict: MailedNodes
  beforeAll(async () => {
    world = await startMailedNodes(await open())
    strict = await startMailedNodes(await open(), { limits: { mailsPerMinute: 1 } })
  })
  afterAll(async () => {
    await world.close()
    await strict.close()
  })

  /** The codes that a guess at one for an address is compared with, and whether they are for an account. */
  const codesFor = async ({ database }: MailedNodes, address: string) => {
    const secrets = database.sql.selectFrom('hallpass_secrets').selectAll().where('address', '=', address)
    const codes = (await secrets.execute()).filter(({ code_hash }) => code_hash !== null)
    return codes.map(({ user_id }) => (user_id === null ? 'of no account' : 'of an account'))
  }

  describe('a registration', () => {
    it('with a username that is taken keeps no mail from the address', async () => {
      const [other, owner] = [strict.named(), strict.named()]
      await strict.post('/register', { username: other.username, password })
      const refused = await strict.post('/register', {
        username: other.username.toUpperCase(),
        email: owner.email,
        password,
      })
      expect(refusal(refused)).toBe('409 username_taken')
      await strict.post('/register', { ...owner, password })
      expect((await strict.inbox.next(owner.email)).text).toContain(owner.username)
    })

    it('sends no mail beyond those of its network, which has accounts all the same', async () => {
      const few = await startMailedNodes(await open(), { limits: { mailsPerNetwork: 2 } })
      const register = (address: string) =>
        few.nodes[0].call('POST', '/auth/register', { body: { ...few.named(), password }, address })
      for (let i = 0; i < 4; i++) expect((await register('203.0.113.1')).status).toBe(201)
      expect(await few.countMails()).toBe(2)
      await register('203.0.113.2')
      expect(await few.countMails()).toBe(3)
      await few.close()
    })
  })

  describe('a code that verifies an address', () => {
    it('is made with a mail, and not for each account that has the address', async () => {
      const { email } = strict.named()
      const usernames = Array.from({ length: 4 }, () => strict.named().username)
      for (const username of usernames) await strict.post('/register', { username, email, password })
      expect(await codesFor(strict, email)).toEqual(['of an account'])
      const { code } = await strict.inbox.next(email)
      expect((await strict.post('/email/verify', { email, code })).status).toBe(204)
      expect(await strict.nodes[0].auth.users.findByUsername(usernames[0] ?? '')).toMatchObject({ email })
    })

    it('is for no account where the mail went to the owner of the address', async () => {
      const { email } = await world.member()
      await world.post('/register', { username: world.named().username, email, password })
      expect(await codesFor(world, email)).toEqual(['of no account'])
    })
  })

  describe('a login by mail', () => {
    const accounts = [
      [1, 0],
      [null, 1],
    ] as const
    it.each(accounts)(
      'is refused at a previous address of the account (verified: %s, factors: %i)',
      async (verified, factors) => {
        const { username, email } = await world.member()
        await world.post('/login/email', { email })
        const { token } = await world.inbox.next(email)
        const other = world.named().email
        await world.setUser(username, {
          email: other,
          email_normal: other,
          email_verified_at: verified,
          second_factors: factors,
        })
        expect(refusal(await world.post('/login/email/verify', { token }))).toBe('401 code_invalid')
      },
    )
  })

  it('a guess at a code for what is no address counts for the network', async () => {
    const counted = await startMailedNodes(await open(), { limits: { attemptsPerAddress: 3 } })
    const replies = []
    for (let i = 0; i < 6; i++) {
      replies.push(refusal(await counted.post('/email/verify', { email: `no address ${i}\0`, code: '123456' })))
    }
    expect(replies.slice(0, 3)).toEqual(Array(3).fill('401 code_invalid'))
    expect(replies).toContain('429 rate_limited')
    await counted.close()
  })

  const requests: [path: string, isOwn: boolean, expected: string][] = [
    ['/password/forgot', false, '202 undefined'],
    ['/login/email', false, '202 undefined'],
    ['/email/verification', false, '202 undefined'],
    ['/email/verification', true, '401 user_not_found'],
  ]
  it.each(requests)(
    'POST /auth%s is answered while the account is deleted (by its user: %s)',
    async (path, isOwn, expected) => {
      const { username, email, access } = await world.member({ verified: false })
      const ask = () => (isOwn ? world.post(path, {}, { token: access }) : world.post(path, { email }))
      const { database } = world
      const { reply } = await database.transaction(async (trx) => {
        await trx.deleteFrom('hallpass_users').where('username', '=', username).execute()
        // SQLite has one writer, in this process: the request comes after it.
        if (database.kind === 'sqlite') return {}
        const reply = ask()
        await expect.poll(() => countWaiting(database), { timeout: 600_000 }).toBe(1)
        return { reply }
      })
      expect(refusal(await (reply ?? ask()))).toBe(expected)
    },
  )
})
