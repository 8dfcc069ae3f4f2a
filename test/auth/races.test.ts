import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../databases.ts'
import { password, type Reply, refusal, type Service, startService, type Tokens } from './service.ts'

/** How often each race is run: either side must win some of them. */
const rounds = 30

describe.each(databases)('two at once on $name', ({ open }) => {
  let service: Service
  let drop: () => Promise<void>
  let count = 0

  beforeAll(async () => {
    const database = await open()
    drop = database.drop
    // A hash that takes some time: what happens during it is the race.
    service = await startService(database.url, { passwords: { memoryKiB: 1024, passes: 1 } })
  })
  afterAll(async () => {
    await service.auth.close()
    await drop()
  })

  async function newcomer() {
    const username = `racer ${count++}`
    const tokens = await service.newcomer(username)
    const { id } = (await service.call('GET', '/auth/me', { token: tokens.access_token })).body as { id: string }
    return { username, id, tokens }
  }
  const logIn = (username: string, secret = password) =>
    service.call('POST', '/auth/login', { body: { username, password: secret } })
  const refresh = ({ refresh_token }: Tokens) => service.call('POST', '/auth/refresh', { body: { refresh_token } })
  const change = ({ access_token }: Tokens, new_password: string) =>
    service.call('POST', '/auth/password', { token: access_token, body: { current_password: password, new_password } })

  /** Whatever a reply handed out is dead: the access token at once, and the refresh token. */
  async function expectDead(reply: Reply): Promise<void> {
    const { access_token, refresh_token } = reply.body as unknown as Tokens
    expect((await service.call('GET', '/auth/me', { token: access_token })).status).toBe(401)
    expect((await refresh({ access_token, refresh_token })).status).toBe(401)
  }

  const endings: [what: string, end: (id: string) => Promise<unknown>][] = [
    ['disabled', (id) => service.auth.users.disable(id)],
    ['deleted', (id) => service.auth.users.delete(id)],
    ['given another password', (id) => service.auth.users.setPassword(id, 'what the operator chose')],
  ]

  it.each(endings)('leave nothing of a login by a user who is %s', async (_what, end) => {
    for (let round = 0; round < rounds; round++) {
      const { username, id } = await newcomer()
      const [login] = await Promise.all([logIn(username), end(id)])
      expect([200, 401]).toContain(login.status)
      if (login.status === 200) await expectDead(login)
      expect(refusal(await logIn(username))).toBe('401 invalid_credentials')
    }
  })

  it.each(endings)('leave nothing of a refresh by a user who is %s', async (_what, end) => {
    for (let round = 0; round < rounds; round++) {
      const { id, tokens } = await newcomer()
      const [refreshed] = await Promise.all([refresh(tokens), end(id)])
      if (refreshed.status === 200) await expectDead(refreshed)
      await expectDead({ ...refreshed, body: { ...tokens } })
    }
  })

  it('leave nothing of a refresh during logout', async () => {
    for (let round = 0; round < rounds; round++) {
      const { tokens } = await newcomer()
      const [refreshed] = await Promise.all([
        refresh(tokens),
        service.call('POST', '/auth/logout', { token: tokens.access_token }),
      ])
      if (refreshed.status === 200) await expectDead(refreshed)
    }
  })

  it('leave one password of two, and one session', async () => {
    for (let round = 0; round < rounds; round++) {
      const { username, tokens } = await newcomer()
      const other = (await logIn(username)).body as unknown as Tokens
      const chosen = ['the first new password', 'the other new password']
      const replies = await Promise.all([change(tokens, chosen[0] as string), change(other, chosen[1] as string)])
      const won = replies.flatMap(({ status }, index) => (status === 204 ? [index] : []))
      expect(won).toHaveLength(1)
      const [winner = 0] = won
      const logins = await Promise.all(chosen.map((secret) => logIn(username, secret)))
      expect(logins.map(({ status }) => status)).toEqual(winner === 0 ? [200, 401] : [401, 200])
      expect((await refresh(winner === 0 ? tokens : other)).status).toBe(200)
      expect((await refresh(winner === 0 ? other : tokens)).status).toBe(401)
    }
  })

  it('leave one account of 200', async () => {
    const body = { username: `racer ${count++}`, password }
    const replies = await Promise.all(
      Array.from({ length: 200 }, () => service.call('POST', '/auth/register', { body })),
    )
    const statuses = replies.map(({ status }) => status).sort()
    expect(statuses).toEqual([201, ...Array(199).fill(409)])
  })

  it('leave nothing of an account whose name somebody has again', async () => {
    const { username, id, tokens } = await newcomer()
    await service.auth.users.delete(id)
    const again = await service.newcomer(username)
    await expectDead({ status: 0, headers: new Headers(), text: '', body: { ...tokens } })
    expect((await service.call('GET', '/auth/me', { token: again.access_token })).status).toBe(200)
  })
})
