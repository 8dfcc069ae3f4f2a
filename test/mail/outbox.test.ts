import { type KyselyPlugin, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cleanUp } from '../../src/core/cleanup.ts'
import { type Core, openCore } from '../../src/core/open-core.ts'
import { Mails } from '../../src/mail/mails.ts'
import { type MailService, type MailSetup, setUpMail } from '../../src/mail/open-mail.ts'
import type { Mailer, MailerOptions } from '../../src/mail/outbox/mailer.ts'
import { type QueuedMail, queueMail } from '../../src/mail/outbox/outbox.ts'
import { makeServerSecret } from '../../src/secrets/server-secret.ts'
import type { AuditEvent } from '../../src/store/audit.ts'
import { claimMails, findMail } from '../../src/store/mails.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { startSmtp, type TestSmtp } from './smtp.ts'

const secrets = makeServerSecret(['a secret of the server, of 32 bytes or more'])
const start = 1_800_000_000
const code = '83749261'
const params = {
  username: 'alice',
  link: 'https://id.example/auth/pages/reset-password#token=hp_tokenOfTheMail',
  code,
  minutes: 30,
}
const reset = { template: 'reset_password', params } as const

describe.each(databases)('the outbox on $name', ({ open }) => {
  let database: TestDatabase
  let smtp: TestSmtp
  const clock = { seconds: start }
  const cores: Core[] = []
  const events: AuditEvent[] = []
  const faults: unknown[] = []

  beforeAll(async () => {
    database = await open()
    smtp = await startSmtp()
    // Two, as two nodes have.
    for (let node = 0; node < 2; node++) {
      const options = {
        database: database.url,
        clock: () => clock.seconds,
        onEvent: (event: AuditEvent) => events.push(event),
      }
      cores.push(await openCore(options, { readDatabaseClock: async () => new Date(clock.seconds * 1000) }))
    }
  })
  afterAll(async () => {
    for (const core of cores) await core.close()
    await smtp.close()
    await database.drop()
  })
  beforeEach(async () => {
    clock.seconds += 10 * 24 * 60 * 60
    events.length = faults.length = smtp.mails.length = 0
    smtp.onData = () => 'accept'
    smtp.onRecipient = () => undefined
    await first().database.sql.deleteFrom('hallpass_mails').execute()
  })
  const first = () => cores[0] as Core

  function service(setup: Partial<MailSetup> = {}): MailService {
    const { smtp: given, ...rest } = { smtp: smtp.url, ...setup }
    const base = { mailFrom: 'Example <hallpass@id.example>', mailLocale: 'en', url: 'https://id.example' } as const
    const transport = rest.sendMail === undefined ? { smtp: given } : {}
    return setUpMail(
      { ...base, ...transport, ...rest },
      { pagesUrlOf: (base: string) => `${base}/auth/pages`, secrets },
    ) as MailService
  }

  function begin(mail: MailService, core: Core = first(), options: MailerOptions = {}): Mailer {
    return mail.start(core, (error) => faults.push(error), options)
  }

  function queue(mail: MailService, ...mails: QueuedMail[]): Promise<void> {
    const { database, now } = first()
    return database.transaction(async (trx) => {
      for (const one of mails) await queueMail(trx, { outbox: mail.outbox, now }, one)
    })
  }

  const stored = async () => (await new Mails(first()).list()).toReversed()
  const rows = () => first().database.sql.selectFrom('hallpass_mails').selectAll().orderBy('id').execute()
  /** By the second node. While the table is away, no statement about mails succeeds. */
  const rename = async (from: string, to: string) => {
    const { database } = cores[1] as Core
    await sql`ALTER TABLE ${sql.table(from)} RENAME TO ${sql.table(to)}`.execute(database.sql)
  }
  const advance = (seconds: number) => {
    clock.seconds += seconds
  }

  it('sends each mail once, however many nodes there are, and erases what it says', async () => {
    const mail = service()
    const workers = cores.map((core) => begin(mail, core, { pollMilliseconds: 5 }))
    const addresses = Array.from({ length: 30 }, (_, index) => `user${index}@example.com`)
    for (let index = 0; index < addresses.length; index += 10)
      await queue(mail, ...addresses.slice(index, index + 10).map((recipient) => ({ ...reset, recipient })))
    for (const worker of workers) await worker.settled()
    await Promise.all(workers.map((worker) => worker.close()))
    expect(smtp.mails.map(({ recipients }) => recipients).toSorted()).toEqual(addresses.map((one) => [one]).toSorted())
    const [one] = smtp.mails
    expect(one?.from).toBe('hallpass@id.example')
    expect(one?.parsed.from?.value).toEqual([{ name: 'Example', address: 'hallpass@id.example' }])
    expect(one?.parsed.text).toContain(params.link)
    expect(one?.parsed.text).toContain(code)
    expect(one?.parsed.html).toContain(`href="${params.link}"`)
    expect(one?.parsed.headers.get('auto-submitted')).toBe('auto-generated')
    for (const row of await rows()) {
      expect(row).toMatchObject({ sealed: null, sealed_under: null, next_at: null, claimed_until: null, error: null })
      expect(row.sent_at).not.toBeNull()
    }
    expect(events.map(({ event }) => event)).toEqual(addresses.map(() => 'mail_sent'))
    expect(JSON.stringify(events)).not.toMatch(/example\.com|tokenOfTheMail/)
    expect(faults).toEqual([])
  })

  it('sends nothing of a transaction that is rolled back', async () => {
    const mail = service()
    const worker = begin(mail)
    const { database, now } = first()
    const rolledBack = database.transaction(async (trx) => {
      await queueMail(trx, { outbox: mail.outbox, now }, { ...reset, recipient: 'a@b.example' })
      throw new Error('rolled back')
    })
    await expect(rolledBack).rejects.toThrow('rolled back')
    await worker.settled()
    await worker.close()
    expect([smtp.mails, await rows()]).toEqual([[], []])
  })

  it('writes a decoy that looks like a mail, and sends nothing', async () => {
    const mail = service()
    await queue(mail, { ...reset, recipient: 'a@b.example' })
    await queue(mail, { ...reset, params: { ...params, username: '' }, recipient: null })
    await queue(mail, { ...reset, params: { ...params, username: '李'.repeat(64) }, recipient: 'c@d.example' })
    const before = await rows()
    expect(new Set(before.map(({ sealed }) => sealed?.length)).size).toBe(1)
    const worker = begin(mail)
    await worker.settled()
    await worker.close()
    expect(smtp.mails).toHaveLength(2)
    expect((await rows()).map(({ sealed, next_at }) => [sealed, next_at])).toEqual([
      [null, null],
      [null, null],
      [null, null],
    ])
    expect(events).toHaveLength(2)
    expect(await stored()).toHaveLength(2)
  })

  it('is off without an outbox', async () => {
    const { database, now } = first()
    await database.transaction((trx) =>
      queueMail(trx, { outbox: undefined, now }, { ...reset, recipient: 'a@b.example' }),
    )
    expect(await rows()).toEqual([])
  })

  it('gives up a recipient that the server rejects, at once', async () => {
    smtp.onRecipient = () => 550
    const mail = service()
    const worker = begin(mail)
    await queue(mail, { ...reset, recipient: 'nobody@example.com' })
    await worker.settled()
    await worker.close()
    const [row] = await rows()
    expect(row).toMatchObject({ attempts: 1, sealed: null, next_at: null, sent_at: null })
    expect(row?.failed_at).not.toBeNull()
    expect(row?.error).toMatch(/550/)
    expect(row?.error).not.toContain('nobody')
    expect(events.map(({ event, details }) => [event, details.template])).toEqual([['mail_failed', 'reset_password']])
    expect(JSON.stringify(events)).not.toContain('nobody@')
  })

  it.each(['a@x.example, b@evil.example', 'müller@example.com', 'a@b', ''])(
    'gives up an address that was stored before the rule: %j',
    async (recipient) => {
      const mail = service()
      const worker = begin(mail)
      await queue(mail, { ...reset, recipient })
      await worker.settled()
      await worker.close()
      expect(smtp.mails).toEqual([])
      expect(await stored()).toMatchObject([{ attempts: 1, failedAt: expect.any(Date) }])
    },
  )

  const troubles: [what: string, trouble: () => void, error: RegExp][] = [
    ['answers 451 to the recipient', () => Object.assign(smtp, { onRecipient: () => 451 }), /451/],
    ['answers 451 to the content, and repeats it', () => Object.assign(smtp, { onData: () => 451 }), /451/],
    ['never answers the content', () => Object.assign(smtp, { onData: () => 'hang' }), /long/],
    ['hangs up', () => Object.assign(smtp, { onData: () => 'close' }), /./],
  ]
  it.each(troubles)('sends a mail again where the server %s', async (what, trouble, error) => {
    trouble()
    const mail = service()
    const worker = begin(mail, first(), what.startsWith('never') ? { attemptMilliseconds: 1500 } : {})
    await queue(mail, { ...reset, recipient: 'alice@example.com' })
    await worker.settled()
    const [waiting] = await stored()
    expect(waiting).toMatchObject({ attempts: 1, nextAt: new Date((clock.seconds + 5) * 1000), failedAt: null })
    expect(waiting?.error).toMatch(error)
    const written = `${waiting?.error}${faults.join()}`
    expect(written).not.toMatch(/alice@example|tokenOfTheMail|83749261|https:/)
    smtp.onData = () => 'accept'
    smtp.onRecipient = () => undefined
    await worker.settled()
    expect(smtp.mails).toEqual([])
    advance(5)
    await worker.settled()
    await worker.close()
    expect(smtp.mails.map(({ recipients }) => recipients)).toEqual([['alice@example.com']])
    expect(await stored()).toMatchObject([{ attempts: 2, sentAt: expect.any(Date), error: null }])
    expect(events.map(({ event }) => event)).toEqual(['mail_sent'])
  })

  it('sends what waited when a server that was down is back, and gives up after a day', async () => {
    const down = await startSmtp()
    await down.close()
    const mail = service({ smtp: down.url })
    const worker = begin(mail)
    await queue(mail, { ...reset, recipient: 'early@example.com' })
    let attempts = 0
    for (let waited = 0; waited < 24 * 60 * 60; attempts++) {
      await worker.settled()
      const { nextAt } = (await stored()).at(0) ?? {}
      if (!nextAt) break
      waited += nextAt.getTime() / 1000 - clock.seconds
      clock.seconds = nextAt.getTime() / 1000
    }
    expect(attempts).toBeGreaterThan(20)
    expect(attempts).toBeLessThan(40)
    expect(events.map(({ event }) => event)).toEqual(['mail_failed'])
    // However often it failed, it is one line a minute.
    expect(faults).toHaveLength(1)
    await queue(mail, { ...reset, recipient: 'late@example.com' })
    await worker.settled()
    const back = await startSmtp({ port: down.port })
    advance(5)
    await worker.settled()
    await worker.close()
    expect(back.mails.map(({ recipients }) => recipients)).toEqual([['late@example.com']])
    await back.close()
    expect(await stored()).toMatchObject([{ failedAt: expect.any(Date), nextAt: null }, { sentAt: expect.any(Date) }])
    expect((await rows()).map(({ sealed }) => sealed)).toEqual([null, null])
  })

  it('sends what a killed process had taken, when its time is over', async () => {
    const mail = service()
    await queue(mail, { ...reset, recipient: 'alice@example.com' })
    const { database, now } = first()
    const until = new Date(now().getTime() + 120_000)
    expect(await claimMails(database.sql, { now: now(), until, limit: 5 })).toHaveLength(1)
    expect(await claimMails(database.sql, { now: now(), until, limit: 5 })).toEqual([])
    const worker = begin(mail, cores[1])
    await worker.settled()
    advance(119)
    await worker.settled()
    expect(smtp.mails).toEqual([])
    advance(1)
    await worker.settled()
    await worker.close()
    expect(smtp.mails).toHaveLength(1)
    expect(await stored()).toMatchObject([{ attempts: 2, sentAt: expect.any(Date) }])
  })

  it('sends a mail once also where the database is away for longer than it was claimed', async () => {
    const sent: string[] = []
    const mail = service({
      async sendMail({ to }) {
        if (sent.push(to) > 1) return
        await rename('hallpass_mails', 'away')
        advance(121)
      },
    })
    const worker = begin(mail)
    await queue(mail, { ...reset, recipient: 'alice@example.com' })
    await expect.poll(() => worker.wake() ?? faults.length, { timeout: 600_000 }).toBeGreaterThan(0)
    await rename('away', 'hallpass_mails')
    await worker.settled()
    await worker.close()
    expect(sent).toEqual(['alice@example.com'])
    expect(await stored()).toMatchObject([{ sentAt: expect.any(Date), nextAt: null }])
  })

  it('sends a mail once also where it is recorded while it is claimed again', async () => {
    const { database } = first()
    const sent: string[] = []
    const mail = service({
      async sendMail({ to }) {
        if (sent.push(to) > 1) return
        await rename('hallpass_mails', 'away')
        advance(121)
      },
    })
    // The answer to the second claim is slow.
    const slow: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        if (sent.length > 0 && result.rows.some((row) => 'claimed_until' in row)) {
          await expect.poll(() => events.length, { timeout: 600_000 }).toBe(1)
        }
        return result
      },
    }
    const slowed = Object.create(database, { sql: { value: database.sql.withPlugin(slow) } })
    const worker = begin(mail, { ...first(), database: slowed })
    await queue(mail, { ...reset, recipient: 'alice@example.com' })
    await expect.poll(() => worker.wake() ?? faults.length, { timeout: 600_000 }).toBeGreaterThan(0)
    await rename('away', 'hallpass_mails')
    await worker.settled()
    await worker.close()
    expect(sent).toEqual(['alice@example.com'])
  })

  it('reports that it cannot record a sent mail, also where it can send no more', async () => {
    const mail = service({ sendMail: () => rename('hallpass_mails', 'away') })
    const worker = begin(mail, first(), { concurrency: 1 })
    await queue(mail, { ...reset, recipient: 'alice@example.com' })
    await expect.poll(() => faults, { timeout: 600_000 }).toMatchObject([{ message: /hallpass_mails/ }])
    await rename('away', 'hallpass_mails')
    await worker.settled()
    await worker.close()
    expect(await stored()).toMatchObject([{ sentAt: expect.any(Date) }])
  })

  it('gives a mail to one of many that claim it at once', async () => {
    const mail = service()
    const recipients = Array.from({ length: 20 }, (_, index) => `user${index}@example.com`)
    await queue(mail, ...recipients.map((recipient) => ({ ...reset, recipient })))
    const now = first().now()
    const until = new Date(now.getTime() + 1000)
    const claims = Array.from({ length: 40 }, (_, index) =>
      claimMails((cores[index % 2] as Core).database.sql, { now, until, limit: 3 }),
    )
    const claimed = (await Promise.all(claims)).flat().map(({ recipient }) => recipient)
    expect(claimed).toHaveLength(new Set(claimed).size)
    // One that met another in the middle may have gone without: nothing is lost by it.
    claimed.push(
      ...(await claimMails(first().database.sql, { now, until, limit: 30 })).map(({ recipient }) => recipient),
    )
    expect(claimed.toSorted()).toEqual(recipients.toSorted())
  })

  it('is not held up by a mail that hangs', async () => {
    smtp.onData = (raw) => (/To: slow@/.test(raw) ? 'hang' : 'accept')
    const mail = service()
    const worker = begin(mail, first(), { concurrency: 2, attemptMilliseconds: 120_000, endMilliseconds: 10 })
    await queue(mail, { ...reset, recipient: 'slow@example.com' })
    await queue(mail, ...['a', 'b', 'c', 'd'].map((name) => ({ ...reset, recipient: `${name}@example.com` })))
    await expect.poll(() => smtp.mails.length, { timeout: 600_000 }).toBe(4)
    await worker.close()
    // The one that hung goes on being due, and is taken by the next.
    expect((await stored())[0]).toMatchObject({ sentAt: null, failedAt: null, error: 'The server is shutting down' })
  })

  it('hands the application one mailbox, and hears of what is permanent', async () => {
    const messages: unknown[] = []
    const mail = service({
      mailFrom: 'hallpass@id.example',
      async sendMail(message) {
        messages.push(message)
        if (message.to.startsWith('gone')) throw Object.assign(new Error('suppressed'), { permanent: true })
        if (message.to.startsWith('never')) await new Promise(() => {})
        if (message.to.startsWith('odd')) throw undefined
      },
    })
    const worker = begin(mail, first(), { attemptMilliseconds: 2000 })
    const recipients = ['Alice@Bücher.example', 'gone@example.com', 'never@example.com', 'odd@example.com']
    await queue(mail, ...recipients.map((recipient) => ({ ...reset, recipient })))
    await worker.settled()
    await worker.close()
    expect(messages).toHaveLength(4)
    expect(messages).toContainEqual({
      to: 'Alice@xn--bcher-kva.example',
      from: 'hallpass@id.example',
      subject: 'Reset your password',
      text: expect.stringContaining(params.link),
      html: expect.stringContaining(code),
    })
    expect((await stored()).map(({ sentAt, failedAt }) => [sentAt !== null, failedAt !== null])).toEqual([
      [true, false],
      [false, true],
      [false, false],
      [false, false],
    ])
  })

  it('sends the application’s own text, on one line of subject', async () => {
    const mail = service({
      mailTemplates: ({ template, locale, params }) =>
        template === 'reset_password'
          ? { subject: `${locale}\r\nBcc: eve@evil.example`, text: JSON.stringify(params), html: '<p>own' }
          : undefined,
    })
    const german = service({ mailLocale: 'de' })
    const worker = begin(mail)
    await queue(german, { ...reset, recipient: 'a@b.example' })
    await queue(mail, { template: 'sign_in', params, recipient: 'c@d.example' })
    await worker.settled()
    await worker.close()
    const [own, other] = smtp.mails.toSorted((a, b) => `${a.recipients}`.localeCompare(`${b.recipients}`))
    expect(own?.parsed.subject).toBe('de Bcc: eve@evil.example')
    expect(own?.parsed.headers.has('bcc')).toBe(false)
    expect(own?.parsed.text).toContain(params.link)
    expect(other?.parsed.subject).toBe('Your link to sign in')
    expect(smtp.mails.every(({ recipients }) => recipients.length === 1)).toBe(true)
  })

  it('keeps a mail of a template that only a newer version knows', async () => {
    const mail = service()
    await queue(mail, { ...reset, recipient: 'a@b.example' })
    await first().database.sql.updateTable('hallpass_mails').set({ template: 'of_tomorrow' }).execute()
    const worker = begin(mail)
    await worker.settled()
    await worker.close()
    expect(await stored()).toMatchObject([{ failedAt: null, nextAt: expect.any(Date) }])
  })

  it('shows operators what waits, and sends it now if they ask', async () => {
    const mail = service()
    const mails = new Mails(first())
    smtp.onData = () => 451
    const worker = begin(mail)
    await queue(mail, { ...reset, recipient: 'a@b.example' })
    await worker.settled()
    advance(2)
    expect(await mails.load()).toEqual({ waiting: 1, oldestSeconds: 2 })
    smtp.onData = () => 'accept'
    const [{ id = '' } = {}] = await mails.list({ state: 'waiting' })
    expect(await mails.retry(id)).toBe(true)
    await worker.settled()
    await worker.close()
    expect(await mails.load()).toEqual({ waiting: 0, oldestSeconds: 0 })
    expect(await mails.list({ state: 'sent' })).toMatchObject([{ id }])
    expect(await mails.list({ state: 'failed' })).toEqual([])
    expect(await mails.retry(id)).toBe(false)
    expect(await mails.retry('no id')).toBe(false)
    expect(await mails.find('no\0id')).toBeUndefined()
  })

  it('is cleaned up: what is done with goes after a week, what waits stays', async () => {
    const mail = service()
    smtp.onRecipient = (address) => (address.startsWith('late') ? 451 : undefined)
    const worker = begin(mail)
    await queue(mail, { ...reset, recipient: 'a@b.example' }, { ...reset, recipient: null })
    await queue(mail, { ...reset, recipient: 'late@b.example' })
    await worker.settled()
    await worker.close()
    const lifetimes = { sessionSeconds: 1, endedSessionSeconds: 1, auditSeconds: 1 }
    const clean = () => cleanUp({ ...first(), lifetimes })
    advance(7 * 24 * 60 * 60)
    await clean()
    expect(await rows()).toHaveLength(3)
    advance(1)
    await clean()
    expect(await rows()).toMatchObject([{ recipient: 'late@b.example' }])
    expect(await findMail(first().database.sql, (await rows())[0]?.id ?? '')).toMatchObject({ sentAt: null })
  })

  it('requires encryption to other machines, and where it is asked for', async () => {
    const plain = await startSmtp({ disabledCommands: ['STARTTLS'] })
    for (const url of [`${plain.url}?starttls=required`, `${smtp.url}?starttls=required`]) {
      const mail = service({ smtp: url })
      const worker = begin(mail)
      await queue(mail, { ...reset, recipient: 'a@b.example' })
      await worker.settled()
      await worker.close()
    }
    await plain.close()
    expect([...plain.mails, ...smtp.mails]).toEqual([])
    expect(plain.attempts.rcpt).toBe(0)
    expect((await stored()).map(({ attempts, sentAt }) => [attempts, sentAt])).toEqual([
      [1, null],
      [1, null],
    ])
  })

  it('never writes the password of the mail server', async () => {
    const login = await startSmtp({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, callback) =>
        callback(Object.assign(new Error(`${username} ${password} is wrong`), { responseCode: 535 })),
    })
    const mail = service({ smtp: login.url.replace('://', '://user:hunter2-and-more@') })
    const worker = begin(mail)
    await queue(mail, { ...reset, recipient: 'a@b.example' })
    await worker.settled()
    await worker.close()
    await login.close()
    expect(await stored()).toMatchObject([{ attempts: 1, nextAt: expect.any(Date) }])
    expect(JSON.stringify([await rows(), faults.map(String)])).not.toContain('hunter2')
  })
})
