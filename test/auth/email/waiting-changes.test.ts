import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../databases.ts'
import { openBrowser } from '../identities/browser.ts'
import { clientId, clientSecret, openProvider, type TestProvider } from '../identities/openid-provider.ts'
import { password, refusal } from '../service.ts'
import { countWaiting } from '../waiting.ts'
import { type MailedNodes, type Member, startMailedNodes, url } from './mailed-service.ts'

const other = 'another password of some length'

/**
 * What was signed or proven without a session has only a time, which is compared with that of the change.
 */
describe.each(databases)('a change that waits for the user on $name', ({ open }) => {
  let world: MailedNodes
  let provider: TestProvider
  beforeAll(async () => {
    provider = await openProvider([`${url}/auth/oauth/provider/callback`])
    const { issuer } = provider
    world = await startMailedNodes(await open(), {
      providers: { provider: { preset: 'openid', issuer, clientId, clientSecret } },
    })
  })
  afterAll(async () => {
    await world.close()
    await provider.close()
  })

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
  it.each(changes)('revokes a token signed meanwhile: %s', async (_what, prepare) => {
    await expectCut(await world.member(), prepare)
  })

  it('revokes a token signed meanwhile: the owner of the address', async () => {
    await expectCut(await world.member({ verified: false }), async ({ email }) => {
      await world.post('/login/email', { email })
      const secret = await mailed(email)
      return () => world.post('/login/email/verify', secret)
    })
  })

  it('does not make a later proof of the former address count as an earlier one', async () => {
    const { nodes, inbox, post } = world
    const owner = await world.member()
    const { id } = (await users().findByUsername(owner.username)) as { id: string }
    const secret = await begin(owner)
    const { username } = world.named()
    await post('/register', { username, email: owner.email, password })
    await inbox.next(owner.email)
    const { id: otherId } = (await users().findByUsername(username)) as { id: string }
    const { replies } = await world.database.transaction(async (trx) => {
      await trx.updateTable('hallpass_users').set({ updated_at: 0 }).where('id', '=', id).execute()
      if (world.database.kind === 'sqlite') return {}
      const confirmed = post('/email/change/confirm', secret)
      await expect.poll(waiting, { timeout: 600_000 }).toBe(1)
      const proven = nodes[1].auth.users.verifyEmail(otherId)
      await expect.poll(waiting, { timeout: 600_000 }).toBe(2)
      pass(3)
      return { replies: [confirmed, proven] as const }
    })
    expect((await (replies?.[0] ?? post('/email/change/confirm', secret))).status).toBe(204)
    expect((await (replies?.[1] ?? users().verifyEmail(otherId)))?.emailVerifiedAt).toBeInstanceOf(Date)
    expect(refusal(await post('/email/change/undo', await mailed(owner.email)))).toBe('204 undefined')
  })

  function pass(seconds: number): void {
    for (const node of world.nodes) node.elapsed += seconds
  }

  const waiting = () => countWaiting(world.database)

  it('is revoked by the owner of the address, whom a provider knows', async () => {
    await expectCut(await world.member({ verified: false }), async ({ email }) => {
      provider.account = { sub: email, email, email_verified: true }
      const browser = openBrowser(world.nodes[0])
      const callback = await browser.goTo('provider', provider)
      return () => browser.open(callback)
    })
  })

  async function expectCut(member: Member, prepare: (typeof changes)[number][1]): Promise<void> {
    const { database, nodes } = world
    const [{ auth }] = nodes
    const { id } = (await users().findByUsername(member.username)) as { id: string }
    const change = await prepare(member, id)
    pass(3)
    const { reply } = await database.transaction(async (trx) => {
      await trx.updateTable('hallpass_users').set({ updated_at: 0 }).where('id', '=', id).execute()
      // SQLite has one writer, in this process: the change begins after it.
      if (database.kind === 'sqlite') return {}
      const reply = change()
      await expect.poll(waiting, { timeout: 600_000 }).toBe(1)
      pass(3)
      return { reply }
    })
    const token = auth.jwt.createAccessToken(id)
    const answer = await (reply ?? change())
    expect((answer as { status?: unknown } | undefined)?.status ?? 200).toBeLessThan(400)
    expect(refusal(await nodes[0].call('GET', '/auth/me', { token }))).toBe('401 token_revoked')
  }
})
