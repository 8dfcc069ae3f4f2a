import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSqliteFile } from '../../databases.ts'
import { startSmtp, type TestSmtp } from '../../mail/smtp.ts'
import { password, refusal } from '../service.ts'
import { readMail } from './mailbox.ts'
import { type MailedNodes, startMailedNodes } from './mailed-service.ts'

describe('by a real mail server', () => {
  let world: MailedNodes
  let smtp: TestSmtp
  beforeAll(async () => {
    smtp = await startSmtp()
    const mail = { smtp: smtp.url, mailFrom: 'Example <hallpass@id.example>' }
    world = await startMailedNodes(await openSqliteFile(), mail, { hasMail: false })
  })
  afterAll(async () => {
    await world.close()
    await smtp.close()
  })

  /** The mail that arrived last, once there are so many. */
  async function mailNumber(count: number) {
    await expect.poll(() => smtp.mails.length, { timeout: 600_000 }).toBe(count)
    const { parsed, recipients } = smtp.mails[count - 1] as TestSmtp['mails'][number]
    return {
      ...readMail({ subject: parsed.subject ?? '', text: parsed.text ?? '', html: parsed.html || '' }),
      recipients,
    }
  }

  it('a person registers, verifies, forgets the password, resets it and logs in by mail', async () => {
    const before = smtp.mails.length
    const { username, email } = world.named()
    await world.post('/register', { username, email, password })
    const verification = await mailNumber(before + 1)
    expect(verification.recipients).toEqual([email])
    expect(verification.code).toMatch(/^\d{6}$/)
    expect((await world.post('/email/verify', { email, code: verification.code })).status).toBe(204)
    await world.post('/password/forgot', { email })
    const reset = await mailNumber(before + 2)
    expect(reset.code).toMatch(/^\d{8}$/)
    const new_password = 'quite another password'
    expect((await world.post('/password/reset', { token: reset.token, new_password })).status).toBe(204)
    const notice = await mailNumber(before + 3)
    expect([notice.recipients, notice.subject, notice.code]).toEqual([[email], 'Your password was changed', ''])
    expect(refusal(await world.post('/login', { username, password }))).toBe('401 invalid_credentials')
    expect((await world.post('/login', { username: email, password: new_password })).status).toBe(200)
    await world.post('/login/email', { email })
    const { token } = await mailNumber(before + 4)
    expect((await world.post('/login/email/verify', { token })).status).toBe(200)
  })

  it('nothing is sent to an address that no account has', async () => {
    const before = smtp.mails.length
    await world.post('/password/forgot', { email: 'nobody@mail.example' })
    const { username, email } = world.named()
    await world.post('/register', { username, email, password })
    expect((await mailNumber(before + 1)).recipients).toEqual([email])
  })
})
