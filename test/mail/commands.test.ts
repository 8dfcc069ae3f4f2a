import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Core, openCore } from '../../src/core/open-core.ts'
import { logMail } from '../../src/mail/log-mail.ts'
import { type MailService, setUpMail } from '../../src/mail/open-mail.ts'
import { queueMail } from '../../src/mail/outbox/outbox.ts'
import { makeServerSecret } from '../../src/secrets/server-secret.ts'
import { hallpass as run } from '../cli/hallpass.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { makeFolder } from '../server/process.ts'
import { startSmtp, type TestSmtp } from './smtp.ts'

const secret = 'n0t-a-r3al-secret-but-long-enough-to-be-one'
const link = 'https://id.example/auth/pages/reset-password#token=hp_x'
const params = { username: 'alice', link, code: '83749261', minutes: 30 }
const mailed = { HALLPASS_MAIL_FROM: 'Example <hallpass@id.example>', HALLPASS_ISSUER: 'https://id.example' }

describe.each(databases)('hallpass mail on $name', ({ open }) => {
  let database: TestDatabase
  let core: Core
  const mail = setUpMail(
    { sendMail: logMail, mailLocale: 'en', url: 'https://id.example' },
    { pagesUrlOf: (base: string) => `${base}/auth/pages`, secrets: makeServerSecret([secret]) },
  ) as MailService
  beforeAll(async () => {
    database = await open()
    core = await openCore({ database: database.url })
    await core.database.transaction((trx) =>
      queueMail(
        trx,
        { outbox: mail.outbox, now: core.now },
        { template: 'reset_password', params, recipient: 'a@b.example' },
      ),
    )
  })
  afterAll(async () => {
    await core.close()
    await database.drop()
  })

  const own = () => ({ HALLPASS_DATABASE: database.url, HALLPASS_ENCRYPTION_SECRET: secret })
  const hallpass = (args: string, { env = {}, ...how }: { env?: NodeJS.ProcessEnv; cwd?: string } = {}) =>
    run(args.split(' '), { ...how, env: { ...own(), ...env } })
  const list = async (args = '') => JSON.parse((await hallpass(`mail list --json${args}`)).stdout)

  it('lists mails, and shows what they say unless this is production', async () => {
    const [row] = await list()
    expect(row).toMatchObject({
      state: 'waiting',
      template: 'reset_password',
      to: 'a@b.example',
      attempts: 0,
      error: null,
    })
    expect(await list(' --state failed')).toEqual([])
    expect(await list(` --after ${row.id} --limit 1`)).toEqual([])
    expect((await hallpass('mail list')).stdout).toMatch(/^id +state +template +to /)
    const shown = JSON.parse((await hallpass(`mail show ${row.id} --json`)).stdout)
    expect(shown).toMatchObject({ id: row.id, subject: 'Reset your password', text: expect.stringContaining(link) })
    const folder = makeFolder()
    writeFileSync(join(folder.path, '.env'), 'NODE_ENV=production\n')
    for (const production of [{ env: { NODE_ENV: 'production' } }, { cwd: folder.path }]) {
      const hidden = await hallpass(`mail show ${row.id}`, production)
      expect(hidden).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('reset_password') })
      expect(hidden.stdout).not.toMatch(/hp_x|83749261/)
    }
    folder.remove()
    expect(await hallpass(`mail retry ${row.id}`)).toMatchObject({ exitCode: 0 })
  })

  it('shows in development what was written to the log', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const written = () => write.mock.calls.map(([text]) => text).join('')
    const worker = mail.start(core, () => {}, { pollMilliseconds: 20 })
    // The command's clock may be milliseconds ahead of this one: each has read the database's for itself.
    await expect.poll(written, { timeout: 600_000 }).toContain(link)
    await worker.close()
    const block = written()
    write.mockRestore()
    expect(block).toContain('│ To: a@b.example\n│ Subject: Reset your password\n')
    const [row] = await list(' --state sent')
    expect((await hallpass(`mail show ${row.id}`)).stdout.split('\n')).toContain(link)
    expect(await hallpass(`mail retry ${row.id}`)).toMatchObject({ exitCode: 1 })
  })

  const mistakes: [args: string, exitCode: number][] = [
    ['mail show 01990a5b-6a7e-7c3e-9a51-0d2b1c5e9f10', 1],
    ['mail show x', 1],
    ['mail retry x', 1],
    ['mail list --state lost', 64],
    ['mail list --limit none', 1],
    ['mail list --after x', 1],
    ['mail show', 64],
    ['mail send-test', 64],
    ['mail send-test you@example.com', 78],
  ]
  it.each(mistakes)('%s ends with %i', async (args, exitCode) => {
    const finished = await hallpass(args)
    expect([finished.exitCode, finished.stdout]).toEqual([exitCode, ''])
    expect(finished.stderr).toMatch(/^hallpass: .+\n/)
  })
})

describe('hallpass mail send-test', () => {
  let smtp: TestSmtp
  beforeAll(async () => {
    smtp = await startSmtp()
  })
  afterEach(() => {
    smtp.onRecipient = () => undefined
  })
  afterAll(() => smtp.close())
  const sendTest = (address: string, env: NodeJS.ProcessEnv = {}) =>
    run(['mail', 'send-test', address], { env: { HALLPASS_SMTP: smtp.url, ...mailed, ...env } })

  it('sends a mail at once', async () => {
    expect(await sendTest('you+test@example.com', { HALLPASS_MAIL_LOCALE: 'de' })).toMatchObject({ exitCode: 0 })
    expect(smtp.mails.map(({ recipients, from }) => [from, recipients])).toEqual([
      ['hallpass@id.example', ['you+test@example.com']],
    ])
    expect(smtp.mails[0]?.parsed.text).toContain('Mails von id.example kommen an.')
  })

  it('says what the server answers', async () => {
    smtp.onRecipient = () => 550
    const { exitCode, stderr } = await sendTest('you@example.com')
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^hallpass: The mail was not sent: .*550/)])
  })

  it.each(['a@x, b@evil.example', 'you', 'you@example.com\r\nBcc: b@evil.example'])('refuses %j', async (address) => {
    const before = smtp.attempts.rcpt
    expect(await sendTest(address)).toMatchObject({ exitCode: 1 })
    expect(smtp.attempts.rcpt).toBe(before)
  })

  it.each([
    [{ HALLPASS_SMTP: 'smtp://user:hunter2@' }, 1],
    [{ HALLPASS_SMTP: 'smtp://user:hunter2@h/x', HALLPASS_MAIL_FROM: 'x' }, 2],
  ])('refuses the settings %j', async (env, lines) => {
    const { exitCode, stderr } = await sendTest('you@example.com', env)
    expect(exitCode).toBe(78)
    expect(stderr).not.toContain('hunter2')
    expect(stderr.trimEnd().split('\n')).toHaveLength(lines)
  })
})

describe('hallpass serve', () => {
  it('does not start in production with mail and without a public URL', async () => {
    const env = {
      NODE_ENV: 'production',
      HALLPASS_ENCRYPTION_SECRET: 'Xk2-Qz9_Lm4.Rt7!Vb1?Yw6*Pc3+Hd8=',
      HALLPASS_SMTP: 'smtp://user:hunter2@mail.example',
      HALLPASS_MAIL_FROM: 'hallpass@id.example',
    }
    const finished = await run(['serve'], { env })
    expect(finished).toMatchObject({ exitCode: 78, stdout: '' })
    expect(finished.stderr).toMatch(/^hallpass: HALLPASS_SMTP needs the public URL[^\n]* HALLPASS_ISSUER\n$/)
  })
})
