import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../databases.ts'
import { password, refusal } from '../service.ts'
import { type MailedNodes, type Member, startMailedNodes } from './mailed-service.ts'

const other = 'another password of some length'

/** Tokens of the application have no session, so their time of issue is compared with that of the change. */
describe.each(databases)('a token signed while a change waits for the user on $name', ({ open }) => {
  let world: MailedNodes
  beforeAll(async () => {
    world = await startMailedNodes(await open())
  })
  afterAll(() => world.close())

  const users = () => world.nodes[0].auth.users
  const mailed = async (email: string) => ({ token: (await world.inbox.next(email)).token })
  const begin = async ({ access, email }: Member) => {
    const named = world.named()
    await world.post('/email/change', { new_email: named.email }, { token: access })
    await world.inbox.next(email)
    return mailed(named.email)
  }
  type Change = () => Promise<unknown>
  const changes: [what: string, prepare: (member: Member, id: string) => Promise<Change> | Change][] = [
    ['new roles', (_, id) => () => users().setRoles(id, ['reader'])],
    ['a password from the operator', (_, id) => () => users().setPassword(id, other)],
    ['removed factors', (_, id) => () => users().resetFactors(id)],
    ['deletion', (_, id) => () => users().delete(id)],
    [
      'a changed password',
      ({ access: token }) =>
        () =>
          world.post('/password', { current_password: password, new_password: other }, { token }),
    ],
    [
      'a removed password',
      ({ access: token }) =>
        () =>
          world.nodes[0].call('DELETE', '/auth/password', { token }),
    ],
    [
      'a forgotten password',
      async ({ email }) => {
        await world.post('/password/forgot', { email })
        const secret = await mailed(email)
        return () => world.post('/password/reset', { ...secret, new_password: other })
      },
    ],
    [
      'a link from the operator',
      async (_, id) => {
        const link = await users().oneTimeLink(id)
        return () => world.post('/one-time-link', { token: link?.token, new_password: other })
      },
    ],
    [
      'a changed address',
      async (member) => {
        const secret = await begin(member)
        return () => world.post('/email/change/confirm', secret)
      },
    ],
    [
      'a restored address',
      async (member) => {
        await world.post('/email/change/confirm', await begin(member))
        const secret = await mailed(member.email)
        return () => world.post('/email/change/undo', secret)
      },
    ],
  ]
  it.each(changes)('is revoked by %s', async (_what, prepare) => {
    await expectCut(await world.member(), prepare)
  })

  it('is revoked by the owner of the address', async () => {
    await expectCut(await world.member({ verified: false }), async ({ email }) => {
      await world.post('/login/email', { email })
      const secret = await mailed(email)
      return () => world.post('/login/email/verify', secret)
    })
  })

  async function expectCut(member: Member, prepare: (typeof changes)[number][1]): Promise<void> {
    const { database, nodes } = world
    const [{ auth }] = nodes
    const { id } = (await users().findByUsername(member.username)) as { id: string }
    const pass = (seconds: number) => {
      for (const node of nodes) node.elapsed += seconds
    }
    const change = await prepare(member, id)
    pass(3)
    const isWaiting = async () => {
      const { rows } = await database.query(
        'SELECT pid FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()',
        [],
      )
      return rows.length > 0
    }
    const { reply } = await database.transaction(async (trx) => {
      await trx.updateTable('hallpass_users').set({ updated_at: 0 }).where('id', '=', id).execute()
      // SQLite has one writer, in this process: the change begins after it.
      if (database.kind === 'sqlite') return {}
      const reply = change()
      await expect.poll(isWaiting, { timeout: 600_000 }).toBe(true)
      pass(3)
      return { reply }
    })
    const token = auth.jwt.createAccessToken(id)
    const answer = await (reply ?? change())
    expect((answer as { status?: unknown } | undefined)?.status ?? 200).toBeLessThan(300)
    expect(refusal(await nodes[0].call('GET', '/auth/me', { token }))).toBe('401 token_revoked')
  }
})
