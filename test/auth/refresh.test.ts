import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../databases.ts'
import { refusal, type Service, startService, type Tokens } from './service.ts'

const invalid = '401 refresh_token_invalid'

describe.each(databases)('a refresh token on $name', ({ open }) => {
  let service: Service
  let other: Service
  let drop: () => Promise<void>
  let count = 0

  beforeAll(async () => {
    const database = await open()
    drop = database.drop
    service = await startService(database.url)
    other = await startService(database.url, { clock: () => service.auth.jwt.settings.clock() })
  })
  afterAll(async () => {
    await service.auth.close()
    await other.auth.close()
    await drop()
  })

  const newcomer = () => service.newcomer(`user ${count++}`)
  const refresh = (refresh_token: string, on: Service = service) =>
    on.call('POST', '/auth/refresh', { body: { refresh_token } })
  async function next(token: string): Promise<Tokens> {
    const { status, body } = await refresh(token)
    expect(status).toBe(200)
    return body as unknown as Tokens
  }
  const isAlive = async ({ access_token }: Tokens) =>
    (await service.call('GET', '/auth/me', { token: access_token })).status === 200

  it('is good for one successor and an access token that is not fresh', async () => {
    const first = await newcomer()
    const second = await next(first.refresh_token)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(service.auth.jwt.decodeToken(second.access_token)).toMatchObject({
      fresh: false,
      sid: service.auth.jwt.decodeToken(first.access_token).sid,
    })
    expect(await isAlive(second)).toBe(true)
  })

  it('gets the same successor again within the grace, also when it is asked of another process', async () => {
    const first = await newcomer()
    const second = await next(first.refresh_token)
    service.elapsed += 9
    expect((await next(first.refresh_token)).refresh_token).toBe(second.refresh_token)
    expect((await refresh(first.refresh_token, other)).body.refresh_token).toBe(second.refresh_token)
    await next(second.refresh_token)
  })

  it('ends the session when it comes back after the grace and its successor was used, and says so in the audit', async () => {
    const first = await newcomer()
    const second = await next(first.refresh_token)
    const third = await next(second.refresh_token)
    service.elapsed += 11
    service.events.length = 0
    expect(refusal(await refresh(first.refresh_token))).toBe(invalid)
    expect(service.events).toEqual(['refresh_token_reused', 'refresh_refused'])
    expect(refusal(await refresh(third.refresh_token))).toBe(invalid)
    expect(await isAlive(third)).toBe(false)
  })

  it('ends the session when it was spent long ago, by however many rotations', async () => {
    const tokens = [await newcomer()]
    for (let i = 0; i < 4; i++) tokens.push(await next((tokens.at(-1) as Tokens).refresh_token))
    service.elapsed += 11
    expect(refusal(await refresh((tokens[1] as Tokens).refresh_token))).toBe(invalid)
    expect(refusal(await refresh((tokens.at(-1) as Tokens).refresh_token))).toBe(invalid)
  })

  it('has one living successor after 50 refreshes at once on two processes', async () => {
    const first = await newcomer()
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) => refresh(first.refresh_token, index % 2 === 0 ? service : other)),
    )
    expect(replies.map(({ status }) => status)).toEqual(Array(50).fill(200))
    const successors = new Set(replies.map(({ body }) => body.refresh_token as string))
    expect(successors.size).toBe(1)
    const [successor] = successors
    await next(successor as string)
    const [{ access_token }] = replies.map(({ body }) => body) as unknown as [Tokens]
    expect((await service.call('GET', '/auth/sessions', { token: access_token })).body.sessions).toHaveLength(1)
  })

  it('ends when it is not used, and ends at last when it is', async () => {
    const day = 24 * 60 * 60
    const idle = await newcomer()
    service.elapsed += 30 * day - 1
    const used = await next(idle.refresh_token)
    service.elapsed += 30 * day
    expect(refusal(await refresh(used.refresh_token))).toBe(invalid)

    let busy = await newcomer()
    for (let i = 0; i < 4; i++) {
      service.elapsed += 20 * day
      busy = await next(busy.refresh_token)
    }
    service.elapsed += 10 * day
    expect(refusal(await refresh(busy.refresh_token))).toBe(invalid)
  })

  const never: [what: string, spoil: (token: string) => unknown][] = [
    ['with a changed character', (token) => token.replace(/.(?=.{30}$)/, (one) => (one === 'A' ? 'B' : 'A'))],
    ['cut short', (token) => token.slice(0, -1)],
    ['with more', (token) => `${token}A`],
    ['without its prefix', (token) => token.slice(6)],
    ['in capitals', (token) => token.toUpperCase()],
    ['with SQL', (token) => `${token}' OR '1'='1`],
    ['with a wildcard', () => `hp_rt_${'%'.repeat(70)}`],
    ['with NUL', (token) => `${token.slice(0, -1)}\0`],
    ['empty', () => ''],
    ['of ten thousand characters', (token) => token.repeat(130)],
  ]
  it.each(never)('is refused %s, and nothing comes of it', async (_what, spoil) => {
    const tokens = await newcomer()
    expect(refusal(await refresh(spoil(tokens.refresh_token) as string))).toBe(invalid)
    await next(tokens.refresh_token)
  })

  it.each([[1], [null], [['x']], [{ $ne: '' }], [true]])('is refused as %j: it is text', async (refresh_token) => {
    const reply = await service.call('POST', '/auth/refresh', { body: { refresh_token } })
    expect(refusal(reply)).toBe('422 invalid_request')
    expect(reply.body.members).toMatchObject([{ member: 'refresh_token' }])
  })

  it('is not stored, in the clear or otherwise readable', async () => {
    const { url, drop: dropIt } = await open()
    const own = await startService(url)
    const first = await own.newcomer('alice')
    await own.call('POST', '/auth/refresh', { body: { refresh_token: first.refresh_token } })
    await own.auth.close()
    const { openDatabase } = await import('../../src/store/engine/open-database.ts')
    const database = await openDatabase(url)
    const rows = JSON.stringify(await database.sql.selectFrom('hallpass_sessions').selectAll().execute())
    expect(rows).not.toContain('hp_rt_')
    expect(rows).not.toContain(first.refresh_token.slice(6, 40))
    await database.close()
    await dropIt()
  })
})
