import { describe, expect, it } from 'vitest'
import { browserOf } from './browser.ts'
import type { MailOf } from './params.ts'
import { mailLocales, renderMail } from './render.ts'

const site = 'id.example'
const link = 'https://id.example/auth/pages/x#token=hp_abc'
const challenge = { username: 'alice', link, code: '12345678', minutes: 30 }
const notice = { username: 'alice', at: '2026-11-26T17:04:05.000Z', userAgent: null, address: '192.0.2.1', link }

const mails: MailOf[] = [
  { template: 'verify_email', params: challenge },
  { template: 'reset_password', params: challenge },
  { template: 'sign_in', params: challenge },
  { template: 'change_email', params: { ...challenge, newAddress: 'new@example.com' } },
  { template: 'change_email_notice', params: { ...notice, newAddress: 'n***@example.com' } },
  { template: 'email_changed', params: { ...notice, days: 7 } },
  { template: 'email_restored', params: notice },
  { template: 'account_exists', params: { username: 'alice', loginLink: link, resetLink: link } },
  { template: 'password_changed', params: notice },
  { template: 'password_removed', params: notice },
  { template: 'username_changed', params: { ...notice, newUsername: 'bob' } },
  { template: 'factor_added', params: { ...notice, factor: 'phone' } },
  { template: 'factor_removed', params: { ...notice, factor: 'phone' } },
  { template: 'recovery_codes_made', params: notice },
  { template: 'recovery_code_used', params: { ...notice, remaining: 9 } },
  { template: 'passkey_copied', params: { ...notice, factor: 'key' } },
  { template: 'factor_locked', params: { ...notice, attempts: 100 } },
  { template: 'new_device', params: notice },
  { template: 'device_trusted', params: { ...notice, until: '2026-12-26T17:04:05.000Z' } },
  { template: 'account_deleted', params: { username: 'alice', at: notice.at, userAgent: null, address: null } },
  { template: 'one_time_link', params: { username: 'alice', link, hours: 24 } },
  { template: 'test', params: {} },
]
const every = mailLocales.flatMap((locale) => mails.map((mail) => ({ ...mail, locale })))

describe('renderMail', () => {
  it.each(every)('writes $template in $locale: both parts, with the link and the code', async (mail) => {
    const { subject, text, html } = await renderMail(mail, site)
    const params: Readonly<Record<string, unknown>> = { ...mail.params }
    expect(subject).toMatch(/^\P{C}{4,70}$/u)
    for (const name of ['link', 'loginLink', 'resetLink', 'code']) {
      if (params[name] === undefined) continue
      expect(text).toContain(params[name])
      expect(html).toContain(params[name])
    }
    expect(text).toContain(site)
    expect(`${text}${html}`).not.toMatch(/undefined|\[object|NaN|Invalid Date/)
    // The mail loads no external resources and runs no scripts.
    expect(html).not.toMatch(/<(?:img|script|link|iframe|form)|\ssrc=|url\(|@import|@font-face|\son\w+=/i)
  })

  it('is different in each language', async () => {
    const written = mailLocales.map((locale) =>
      renderMail({ template: 'verify_email', params: challenge, locale }, site),
    )
    const subjects = (await Promise.all(written)).map(({ subject }) => subject)
    expect(new Set(subjects).size).toBe(mailLocales.length)
  })

  it('says when and with which browser', async () => {
    const userAgent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:147.0) Gecko/20100101 Firefox/147.0'
    const { text } = await renderMail({ template: 'new_device', params: { ...notice, userAgent }, locale: 'en' }, site)
    expect(text).toContain('26 November 2026 at 17:04 UTC, with Firefox on Windows')
    expect(text).toContain('account at id.example: Firefox on Windows.')
  })

  const names: [what: string, username: string, absent: string | RegExp][] = [
    ['HTML', '<script>alert(1)</script>', /<script/],
    ['an attribute', '"><img src=x onerror=alert(1)>', /<img/],
    ['an entity', '&lt;script&gt;', /(?<!&amp;)lt;script/],
    ['right-to-left text', 'alice\u202Egro.live', '\u202E'],
    ['isolates', 'alice\u2066\u2067', /[\u2066\u2067]/],
    ['a line separator', 'alice\u2028x', '\u2028'],
    ['a link', 'https://evil.example/x', 'https://evil.example'],
    ['a host', 'www.evil.example', 'www.evil'],
    ['an escape sequence', 'alice\u001B[31m', '\u001B'],
  ]
  it.each(names)('makes a username with %s harmless', async (_what, username, absent) => {
    for (const mail of mails) {
      const { subject, text, html } = await renderMail(
        { ...mail, params: { ...mail.params, username }, locale: 'en' } as (typeof every)[0],
        site,
      )
      if (typeof absent === 'string') expect(text).not.toContain(absent)
      if (typeof absent === 'string') expect(html).not.toContain(absent)
      else expect(html).not.toMatch(absent)
      expect(subject).not.toContain('evil')
    }
  })

  it('puts a username with a line break on one line', async () => {
    const username = 'alice\r\nBcc: eve@evil.example\r\n\r\nHello'
    const { text } = await renderMail(
      { template: 'verify_email', params: { ...challenge, username }, locale: 'en' },
      site,
    )
    expect(text).not.toMatch(/^Bcc/m)
  })
})

describe('browserOf', () => {
  it.each([
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
      'Safari on macOS',
    ],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36 Edg/142.0', 'Edge on Windows'],
    ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36', 'Chrome on Android'],
    ['curl/8.9.1', 'curl/\u20608.\u20609.\u20601'],
  ])('of %s is %s', (userAgent, name) => {
    expect(browserOf(userAgent, (browser, system) => `${browser} on ${system}`)).toBe(name)
  })
})
