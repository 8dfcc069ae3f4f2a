import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { startSmtp, type TestSmtp } from '../../mail/smtp.ts'
import { type Service, startService } from '../service.ts'
import { addApp, challengeOf, enroll, verify } from './authenticator.ts'

describe.each(databases)('mails about second factors, on $name', ({ open }) => {
  let test: TestDatabase
  let smtp: TestSmtp
  let service: Service
  let database: Database
  beforeAll(async () => {
    test = await open()
    smtp = await startSmtp()
    service = await startService(test.url, {
      smtp: smtp.url,
      mailFrom: 'hallpass@id.example',
      url: 'https://id.example',
    })
    database = await openDatabase(test.url)
  })
  afterAll(async () => {
    await database.close()
    await service.auth.close()
    await smtp.close()
    await test.drop()
  })

  async function setAddress(username: string, verifiedAt: number | null): Promise<void> {
    const email = `${username}@example.com`
    await database.sql
      .updateTable('hallpass_users')
      .set({ email, email_normal: email, email_verified_at: verifiedAt })
      .where('username', '=', username)
      .execute()
  }

  it('say what changed, at the address that was proven, and nothing that is secret', async () => {
    const before = smtp.mails.length
    const mails = () => smtp.mails.slice(before)
    const subjects = () => mails().map(({ parsed }) => parsed.subject)
    for (const username of ['typed', 'proven']) {
      const { access_token: fresh } = await service.newcomer(username)
      await setAddress(username, username === 'proven' ? 1 : null)
      const { id, secret, confirmed } = await addApp(service, fresh)
      const token = String(confirmed.body.access_token)
      const [code = ''] = confirmed.body.recovery_codes as string[]
      expect((await verify(service, await challengeOf(service, username), code, 'recovery_code')).status).toBe(200)
      const renewed = await service.call('POST', '/auth/mfa/recovery_codes', { token })
      const [next = ''] = renewed.body.recovery_codes as string[]
      await service.call('DELETE', `/auth/mfa/totp/${id}`, { token })
      if (username === 'typed') continue
      await expect.poll(() => mails().length, { timeout: 600_000 }).toBe(4)
      const texts = mails().map(({ parsed }) => `${parsed.subject}\n${parsed.text}\n${parsed.html}`)
      for (const text of texts) {
        for (const one of [secret, code, code.replaceAll('-', ''), next, next.replaceAll('-', ''), token])
          expect(text).not.toContain(one)
        expect(text).toContain('https://id.example/auth/pages/forgot-password')
      }
    }
    expect(mails().flatMap(({ recipients }) => recipients)).toEqual(Array(4).fill('proven@example.com'))
    expect(subjects().sort()).toEqual(
      [
        'A recovery code was used',
        'A second factor was added',
        'A second factor was removed',
        'Your recovery codes were replaced',
      ].sort(),
    )
  })

  it('are of what was done, and not of what was refused', async () => {
    const sent = smtp.mails.length
    const { access_token: token, id } = await enroll(service, 'refused')
    await setAddress('refused', 1)
    await verify(service, await challengeOf(service, 'refused'), 'AAAA-AAAA-AAAA-AAAA', 'recovery_code')
    await service.call('DELETE', '/auth/mfa/totp/01a2097a-4775-7927-b3ee-e7e2b8ae2143', { token })
    await service.call('DELETE', `/auth/mfa/totp/${id}`, { token })
    await expect.poll(() => smtp.mails.length, { timeout: 600_000 }).toBe(sent + 1)
    expect(smtp.mails.at(-1)?.parsed.subject).toContain('removed')
  })
})
