import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../databases.ts'
import { password, type Reply, refusal } from '../service.ts'
import { countWaiting } from '../waiting.ts'
import { type MailedNodes, type Member, startMailedNodes } from './mailed-service.ts'

// What was mailed to one address for several accounts is locked by several requests at once.
describe.each(databases)('an address that several accounts want, on $name', ({ open }) => {
  let world: MailedNodes
  beforeAll(async () => {
    world = await startMailedNodes(await open())
  })
  afterAll(() => world.close())

  const refusals = async (replies: readonly Promise<Reply>[]) => (await Promise.all(replies)).map(refusal).sort()
  const tokenTo = async (email: string) => (await world.inbox.next(email)).token

  /**
   * Sends requests one after another, while some of the secrets that were mailed to an address are locked, and then lets
   * them go on together.
   */
  async function together(
    address: string,
    isLocked: (index: number) => boolean,
    send: readonly (() => Promise<Reply>)[],
  ): Promise<string[]> {
    const { database } = world
    // SQLite has one writer, in this process: there, one comes after the other.
    if (database.kind === 'sqlite') return refusals(send.map((one) => one()))
    const { sent } = await database.transaction(async (trx) => {
      const secrets = trx.selectFrom('hallpass_secrets').where('address', '=', address).orderBy('id')
      const ids = (await secrets.select('id').execute()).map(({ id }) => id).filter((_, index) => isLocked(index))
      await trx.selectFrom('hallpass_secrets').select('id').where('id', 'in', ids).forUpdate().execute()
      const sent: Promise<Reply>[] = []
      let answered = 0
      for (const one of send) {
        const reply = one()
        reply.finally(() => answered++).catch(() => {})
        sent.push(reply)
        await expect.poll(async () => answered + (await countWaiting(database)), { timeout: 600_000 }).toBe(sent.length)
      }
      return { sent }
    })
    return refusals(sent)
  }

  it('is changed to by one of two at once', async () => {
    const { email } = world.named()
    const change = async ({ access: token }: Member) => {
      await world.post('/email/change', { new_email: email }, { token })
      const secret = { token: await tokenTo(email) }
      return () => world.post('/email/change/confirm', secret)
    }
    const [, ...confirmations] = [
      await change(await world.member()),
      await change(await world.member()),
      await change(await world.member()),
    ]
    expect(await together(email, (index) => index === 0, confirmations)).toEqual(['204 undefined', '401 code_invalid'])
  })

  it('is verified while others try codes', async () => {
    const { email } = world.named()
    const tokens: string[] = []
    for (let accounts = 0; accounts < 5; accounts++) {
      await world.post('/register', { ...world.named(), email, password })
      tokens.push(await tokenTo(email))
    }
    const attempt = () => world.post('/email/verify', { email, code: 'no code' }, { node: 1 })
    const verify = () => world.post('/email/verify', { token: tokens.at(-1) })
    expect(await together(email, (index) => index === 2, [attempt, verify])).toEqual([
      '204 undefined',
      '401 code_invalid',
    ])
  })
})
