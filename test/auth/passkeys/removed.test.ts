import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { databases } from '../../databases.ts'
import { type MailedNodes, startMailedNodes } from '../email/mailed-service.ts'
import { addApp, challengeOf, codeNow } from '../mfa/authenticator.ts'
import { type Reply, refusal, type Service } from '../service.ts'
import { countStatements, workOf } from '../work.ts'
import { Authenticator } from './authenticator.ts'

const most = 20

describe.each(databases)('passkeys on $name', ({ open }) => {
  let world: MailedNodes
  let service: Service
  beforeAll(async () => {
    countStatements()
    world = await startMailedNodes(await open(), { url: 'http://localhost', leewaySeconds: 5 })
    service = world.nodes[0]
  })
  afterAll(async () => {
    await world.close()
    vi.restoreAllMocks()
  })

  interface Begun {
    readonly options: never
    readonly challenge_token: string
  }
  const begin = async (token: string) =>
    (await service.call('POST', '/auth/passkeys/options', { token })).body as unknown as Begun
  const confirm = (token: string, { options, challenge_token }: Begun, authenticator: Authenticator, node: 0 | 1 = 0) =>
    world.nodes[node].call('POST', '/auth/passkeys', {
      token,
      body: { challenge_token, credential: authenticator.create(options), name: 'key' },
    })
  async function add(token: string, node: 0 | 1 = 0) {
    const authenticator = new Authenticator()
    const { body } = await confirm(token, await begin(token), authenticator, node)
    return { authenticator, token: String(body.access_token), id: (body.passkey as { id: string }).id }
  }
  const pass = (seconds: number) => {
    for (const node of world.nodes) node.elapsed += seconds
  }
  async function answerOf(authenticator: Authenticator) {
    const { options, challenge_token } = (await service.call('POST', '/auth/login/passkey/options'))
      .body as unknown as Begun
    return { challenge_token, credential: authenticator.get(options) }
  }
  const send = (body: object): Promise<Reply> => service.call('POST', '/auth/login/passkey', { body })
  const signIn = async (authenticator: Authenticator) => send(await answerOf(authenticator))

  it('and apps that were added since go with a change of address that is undone, and those of before stay', async () => {
    const member = await world.member()
    const before = await add(member.access)
    await world.inbox.next(member.email)
    const app = await addApp(service, before.token)
    await world.inbox.next(member.email)
    pass(60)
    // A thief, in a session that began later.
    const mfa_token = await challengeOf(service, member.username)
    const code = codeNow(service, app.secret)
    const entered = await world.post('/mfa/verify', { mfa_token, method: 'totp', code })
    // On a node by whose clock the session has not begun yet.
    world.nodes[1].elapsed -= 3
    const since = await add(String(entered.body.access_token), 1)
    world.nodes[1].elapsed += 3
    await world.inbox.next(member.email)
    const email = world.named().email
    await world.post('/email/change', { new_email: email }, { token: since.token })
    await world.inbox.next(member.email)
    expect((await world.post('/email/change/confirm', { token: (await world.inbox.next(email)).token })).status).toBe(
      204,
    )
    const undo = await world.inbox.next(member.email)
    const after = await add(since.token)
    expect((await addApp(service, after.token)).confirmed.status).toBe(200)
    const user = await service.auth.users.findByUsername(member.username)
    expect(user?.secondFactors).toBe(5)

    expect((await world.post('/email/change/undo', { token: undo.token })).status).toBe(204)
    const { passkeys, totp } = await service.auth.users.factors(user?.id ?? '')
    expect([...passkeys, ...totp].map(({ id }) => id)).toEqual([before.id, app.id])
    expect((await service.auth.users.find(user?.id ?? ''))?.secondFactors).toBe(2)
    for (const { authenticator } of [since, after]) {
      expect(refusal(await signIn(authenticator))).toBe('401 passkey_invalid')
    }
    expect((await signIn(before.authenticator)).status).toBe(200)
  })

  it(`are ${most} of fifty that are registered at once, on two nodes`, async () => {
    const { access, username } = await world.member()
    const begun = await Promise.all(Array.from({ length: 50 }, () => begin(access)))
    // All know the user by the same handle, also before there is the first.
    const handles = new Set(begun.map(({ options }) => (options as { user: { id: string } }).user.id))
    expect([handles.size, Buffer.from([...handles][0] ?? '', 'base64url').length]).toEqual([1, 64])
    const replies = await Promise.all(
      begun.map((one, index) => confirm(access, one, new Authenticator(), (index % 2) as 0 | 1)),
    )
    const outcomes = replies.map((reply) => (reply.status === 201 ? '201' : refusal(reply)))
    expect(outcomes.filter((outcome) => outcome === '201')).toHaveLength(most)
    expect(new Set(outcomes)).toEqual(new Set(['201', '409 factor_limit_reached']))
    const user = await service.auth.users.findByUsername(username)
    const { passkeys } = await service.auth.users.factors(user?.id ?? '')
    expect([passkeys.length, user?.secondFactors]).toEqual([most, most])
    const next = await service.call('POST', '/auth/passkeys/options', { token: access })
    expect(refusal(next)).toBe('409 factor_limit_reached')
  })

  it('that were removed are answered as those that never were, with the same statements', async () => {
    const { access } = await world.member()
    const { authenticator: removed, token, id } = await add(access)
    expect((await service.call('DELETE', `/auth/passkeys/${id}`, { token })).status).toBe(204)
    const unknown = new Authenticator()
    unknown.userHandle = removed.userHandle
    const seen: object[] = []
    for (const authenticator of [removed, unknown]) {
      const body = await answerOf(authenticator)
      let reply: Reply | undefined
      const { statements } = await workOf(async () => {
        reply = await send(body)
      })
      expect(statements.length).toBeGreaterThan(3)
      seen.push({
        status: reply?.status,
        body: reply?.body,
        headers: Object.fromEntries(reply?.headers ?? []),
        statements,
      })
    }
    expect(seen[0]).toMatchObject({ status: 401, body: { code: 'passkey_invalid' } })
    expect(seen[1]).toEqual(seen[0])
  })
})
