import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Core, openCore } from '../../src/core/open-core.ts'
import { type MailService, setUpMail } from '../../src/mail/open-mail.ts'
import { queueMail } from '../../src/mail/outbox/outbox.ts'
import { makeServerSecret } from '../../src/secrets/server-secret.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { startSmtp, type TestSmtp } from '../mail/smtp.ts'
import { makeFolder, serve } from './process.ts'

const secret = 'n0t-a-r3al-secret-but-long-enough-to-be-one'
const link = 'https://id.example/auth/pages/reset-password#token=hp_tokenOfTheMail'
const params = { username: 'alice', link, code: '83749261', minutes: 30 }

describe.each(databases)('mails of hallpass serve on $name', ({ open }) => {
  let database: TestDatabase
  let smtp: TestSmtp
  let core: Core
  const folder = makeFolder()
  beforeAll(async () => {
    database = await open()
    smtp = await startSmtp()
    core = await openCore({ database: database.url })
  })
  afterAll(async () => {
    await core.close()
    await smtp.close()
    await database.drop()
    folder.remove()
  })

  it('arrive once, or twice after a kill, but are never lost', async () => {
    const env = {
      HALLPASS_DATABASE: database.url,
      HALLPASS_ENCRYPTION_SECRET: secret,
      HALLPASS_SMTP: smtp.url,
      HALLPASS_MAIL_FROM: 'hallpass@id.example',
      HALLPASS_ISSUER: 'https://id.example',
    }
    const outbox = setUpMail(
      { sendMail: async () => {}, mailLocale: 'en', url: 'https://id.example' },
      { pagesUrlOf: (base: string) => `${base}/auth/pages`, secrets: makeServerSecret([secret]) },
    ) as MailService
    const queue = (recipient: string) =>
      core.database.transaction((trx) =>
        queueMail(trx, { ...outbox, now: core.now }, { template: 'reset_password', params, recipient }),
      )
    // The SMTP server has the whole mail, but its sender never receives the confirmation.
    smtp.onData = () => 'hang'
    const killed = await serve([], { cwd: folder.path, env })
    await queue('killed@example.com')
    await expect.poll(() => smtp.attempts.data, { timeout: 600_000 }).toBe(1)
    killed.child.kill('SIGKILL')
    await killed.finished
    smtp.onData = () => 'accept'
    // Two minutes later, the claim of the killed process has expired.
    await core.database.sql.updateTable('hallpass_mails').set({ claimed_until: 1 }).execute()
    const nodes = await Promise.all([1, 2].map(() => serve([], { cwd: folder.path, env })))
    await queue('second@example.com')
    await expect.poll(() => smtp.mails.length, { timeout: 600_000 }).toBe(2)
    const metrics = async () =>
      (await Promise.all(nodes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()))).join()
    await expect.poll(metrics, { timeout: 600_000 }).toMatch(/^hallpass_mails_waiting 0$/m)
    const sent = [...(await metrics()).matchAll(/^hallpass_mails_total\{outcome="sent"\} (\d)$/gm)]
    expect(sent.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(2)
    for (const { child, finished } of nodes) {
      child.kill('SIGTERM')
      const { exitCode, stdout, stderr } = await finished
      expect(exitCode).toBe(0)
      expect(stdout + stderr).not.toMatch(/tokenOfTheMail|83749261|killed@|second@/)
    }
    expect(smtp.mails.map(({ recipients }) => recipients).toSorted()).toEqual([
      ['killed@example.com'],
      ['second@example.com'],
    ])
    expect(smtp.mails[0]?.parsed.text).toContain(link)
    const rows = await core.database.sql
      .selectFrom('hallpass_mails')
      .select(['sealed', 'next_at', 'attempts'])
      .execute()
    expect(rows.map(({ sealed, next_at, attempts }) => [sealed, next_at, attempts]).toSorted()).toEqual([
      [null, null, 1],
      [null, null, 2],
    ])
  })
})
