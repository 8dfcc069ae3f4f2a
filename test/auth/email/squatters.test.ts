import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../databases.ts'
import { password } from '../service.ts'
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
})
