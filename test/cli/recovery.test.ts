import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { refusal, type Service, startService } from '../auth/service.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { hallpass as runInProcess } from './hallpass.ts'

const password = 'wonderland at tea time'

describe.each(databases)('an operator helps a user on $name', ({ open }) => {
  let database: TestDatabase
  let service: Service
  beforeAll(async () => {
    database = await open()
    service = await startService(database.url, { limits: { attemptsPerAccount: 2 }, clock: () => Date.now() / 1000 })
    await service.auth.users.add({ username: 'alice', password, email: 'alice@example.com' })
    await service.auth.users.add({ username: 'squatter', password, email: 'Alice@example.com' })
    await service.auth.users.add({ username: 'bare', password })
  })
  afterAll(async () => {
    await service?.auth.close()
    await database.drop()
  })

  const hallpass = (args: string, env: NodeJS.ProcessEnv = {}) =>
    runInProcess(args.split(' '), {
      cwd: '/',
      env: { HALLPASS_DATABASE: database.url, HALLPASS_ATTEMPTS_PER_ACCOUNT: '2', ...env },
    })
  const json = async (args: string) => {
    const { stdout, stderr } = await hallpass(`${args} --json`)
    expect(stderr).toBe('')
    return JSON.parse(stdout)
  }
  const login = (secret: string, address = '192.0.2.1') =>
    service.call('POST', '/auth/login', { body: { username: 'alice', password: secret }, address })
  async function withSql<Result>(work: (db: Awaited<ReturnType<typeof openDatabase>>) => Promise<Result>) {
    const opened = await openDatabase(database.url)
    return work(opened).finally(() => opened.close())
  }
  const actorsOf = (event: string) =>
    withSql(({ sql }) => sql.selectFrom('hallpass_audit').select('actor').where('event', '=', event).execute())

  it('with an address that is verified by hand, and taken from those who only typed it', async () => {
    expect(await json('users verify-email alice')).toMatchObject({ email_verified_at: expect.stringMatching(/Z$/) })
    expect(await json('users show squatter')).toMatchObject({ email: null, email_verified_at: null })
    expect((await hallpass('users verify-email bare')).stderr).toMatch(/no e-mail address/)
    expect(await actorsOf('email_verified')).toEqual([{ actor: expect.stringMatching(/@/) }])
  })

  it('with failed logins that are forgotten', async () => {
    const { id } = await json('users show alice')
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) await login('wrong', address)
    expect(refusal(await login(password))).toBe('429 rate_limited')
    expect(await json(`users show ${id}`)).toMatchObject({ failed_logins: 2, limited: true })
    expect(await json('users unlock alice')).toMatchObject({ username: 'alice' })
    expect(await json('users show alice')).toMatchObject({ failed_logins: 0, limited: false })
    expect((await login(password)).status).toBe(200)
    expect(await actorsOf('limits_cleared')).toHaveLength(1)
  })

  it('and learns that failed logins are forgotten in the database alone if Valkey does not answer', async () => {
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) await login('wrong', address)
    const { exitCode, stderr } = await hallpass('users unlock alice', { HALLPASS_VALKEY: 'redis://127.0.0.1:1' })
    expect(stderr).toMatch(/^hallpass: .*in the database alone/m)
    expect(exitCode).toBe(1)
    expect(await json('users show alice')).toMatchObject({ failed_logins: 0, limited: false })
  })

  it('with factors that are shown and reset', async () => {
    const { id } = await json('users show alice')
    await withSql(async ({ sql }) => {
      const totp = { id: 't1', user_id: id, name: 'ph\u001b[31mone', sealed: '', sealed_under: '' }
      await sql
        .insertInto('hallpass_totp')
        .values({ ...totp, created_at: 1, confirmed_at: 1 })
        .execute()
      await sql.updateTable('hallpass_users').set({ second_factors: 1 }).where('id', '=', id).execute()
    })
    expect(await json('users show alice')).toMatchObject({
      second_factors: [{ type: 'totp', id: 't1', name: 'ph\u001b[31mone', last_used_at: null }],
      recovery_codes_left: 0,
      sessions: 1,
    })
    expect((await hallpass('users show alice')).stdout).toMatch(/^second_factors +ph\\u001b\[31mone \(t1\)$/m)
    expect((await hallpass('users reset-factors alice')).exitCode).toBe(0)
    expect(await json('users show alice')).toMatchObject({ second_factors: [], sessions: 0 })
  })

  it('with a link that sets a new password, once, and for no longer than it says', async () => {
    const redeem = (token: string, new_password = 'quite another password') =>
      service.call('POST', '/auth/one-time-link', { body: { token, new_password } })
    const first = await json('users one-time-link alice')
    const { token, link, expires_at } = await json('users one-time-link alice --hours 24 --issuer https://id.example')
    expect(link).toBe(`https://id.example/one-time-link#token=${token}`)
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(23 * 60 * 60 * 1000)
    for (const wrong of [first.token, token.slice(1), `${token}A`, '']) {
      expect(refusal(await redeem(wrong))).toBe('401 code_invalid')
    }
    expect(refusal(await redeem(token, 'short'))).toBe('422 invalid_request')
    const { body } = await login(password)
    const replies = await Promise.all(Array.from({ length: 20 }, () => redeem(token)))
    expect(replies.filter(({ status }) => status === 204)).toHaveLength(1)
    expect((await service.call('GET', '/auth/me', { token: body.access_token as string })).status).toBe(401)
    expect((await login('quite another password')).status).toBe(200)
    const rows = await withSql(({ sql }) => sql.selectFrom('hallpass_secrets').selectAll().execute())
    expect(JSON.stringify(rows)).not.toContain(token.slice(8))
    await hallpass('users disable alice')
    const { token: ofDisabled } = await json('users one-time-link alice')
    expect(refusal(await redeem(ofDisabled))).toBe('401 code_invalid')
    await hallpass('users enable alice')
  })

  it.each(['0', '25', '1.5', 'day'])('and not with a link for %s hours', async (hours) => {
    const { exitCode, stderr } = await hallpass(`users one-time-link alice --hours ${hours}`)
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining('--hours must be')])
  })

  it('and not with a link whose address cannot be known: then nothing is changed', async () => {
    const made = async () => [await actorsOf('factors_reset'), await actorsOf('one_time_link_made')]
    const before = await made()
    const { exitCode } = await hallpass('users one-time-link bare --reset-factors --issuer nonsense')
    expect([exitCode, await made()]).toEqual([78, before])
  })

  describe('and the user is notified by mail', () => {
    const secret = randomBytes(32).toString('base64url')
    const server = {
      HALLPASS_SMTP: 'smtp://127.0.0.1:1',
      HALLPASS_MAIL_FROM: 'hallpass@id.example',
      HALLPASS_ISSUER: 'https://id.example',
      HALLPASS_ENCRYPTION_SECRET: secret,
    }
    const setPassword = (env: NodeJS.ProcessEnv) =>
      runInProcess(['users', 'set-password', 'alice'], {
        cwd: '/',
        env: { HALLPASS_DATABASE: database.url, ...env },
        input: 'some other password',
      })
    const mails = () =>
      withSql(({ sql }) => sql.selectFrom('hallpass_mails').select(['recipient', 'template', 'sealed']).execute())
    const { HALLPASS_SMTP: _, ...withoutMail } = server

    it.each([
      ['where the settings of the server are known', server, 1, ''],
      ['but not where there is no mail', withoutMail, 0, ''],
      [
        'but not without the public URL, which is reported',
        { ...server, HALLPASS_ISSUER: undefined },
        0,
        'hallpass: users are not notified of changes: ',
      ],
    ])('%s', async (_what, env, count, reported) => {
      const before = (await mails()).length
      const { exitCode, stderr } = await setPassword(env as NodeJS.ProcessEnv)
      expect([exitCode, stderr.startsWith(reported), stderr === '']).toEqual([0, true, reported === ''])
      const queued = (await mails()).slice(before)
      expect(queued).toHaveLength(count)
      for (const mail of queued) {
        expect(mail).toMatchObject({ recipient: 'alice@example.com', template: 'password_changed' })
        expect(mail.sealed).not.toContain('alice')
      }
    })
  })

  it('and is shown no escape sequence of a client', async () => {
    const { id } = await json('users show bare')
    await service.auth.startSession(id, { userAgent: 'a\u001b[2J\u009bb\u202ec', address: null })
    const { stdout } = await hallpass('sessions list bare')
    expect(stdout).toContain('a\\u001b[2J\\u009bb\\u202ec')
    expect((await hallpass('sessions list bare --json')).stdout).not.toMatch(/[\u007f-\u009f\u202e]/)
    expect((await json('sessions list bare'))[0].user_agent).toBe('a\u001b[2J\u009bb\u202ec')
    const { stderr } = await hallpass('users show \u001b[31m')
    expect(stderr).toBe('hallpass: No such user: \\u001b[31m\n')
  })
})
