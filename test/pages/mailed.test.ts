import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { languages } from '../../src/pages/messages/index.ts'
import { type Mailbox, openMailbox, type ReadMail } from '../auth/email/mailbox.ts'
import { manyMails } from '../auth/email/mailed-service.ts'
import { password, type Service, start, startService } from '../auth/service.ts'
import { openSqliteFile, type TestDatabase } from '../databases.ts'
import { FormVisitor } from './form-visitor.ts'
import { site } from './visitor.ts'

const { problems, signIn: signInWords, mailed } = languages.en
const newPassword = 'a mad tea party'
const day = 24 * 60 * 60

describe('a mailed page', () => {
  let database: TestDatabase
  let inbox: Mailbox
  let service: Service
  let count = 0
  beforeAll(async () => {
    database = await openSqliteFile()
    inbox = openMailbox()
    const limits = { ...manyMails, attemptsPerAccount: 1000, attemptsPerAddress: 100_000 }
    const settings = { url: site, pages: '/', emailSignIn: true, sendMail: inbox.send, limits }
    service = await startService(database.url, settings)
  })
  beforeEach(() => {
    service.elapsed = 0
  })
  afterAll(async () => {
    await service.auth.close()
    await database.drop()
  })

  const visitor = () => new FormVisitor(service.auth)
  const post = (path: string, body: object, token?: string) => service.call('POST', `/auth${path}`, { body, token })

  /** A user whose address is verified, unless the mail for it is to be read. */
  async function makeUser({ isVerified = true } = {}) {
    const username = `user${count++}`
    const email = `${username}@mail.example`
    await post('/register', { username, email, password })
    const mail = await inbox.next(email)
    if (isVerified) await post('/email/verify', { token: mail.token })
    return { username, email, mail }
  }

  async function accessOf(username: string) {
    return (await post('/login', { username, password })).body.access_token as string
  }

  async function changeBegun() {
    const { username, email } = await makeUser()
    const access = await accessOf(username)
    const newEmail = `new-${email}`
    await post('/email/change', { new_email: newEmail }, access)
    return { username, email, newEmail, proof: await inbox.next(newEmail), notice: await inbox.next(email) }
  }

  async function asked(path: string) {
    const { username, email } = await makeUser()
    await post(path, { email })
    return { username, email, mail: await inbox.next(email) }
  }

  interface Row {
    readonly path: string
    /** Makes what is mailed. */
    readonly make: () => Promise<{ readonly email: string; readonly mail: Pick<ReadMail, 'token' | 'code'> }>
    readonly typed?: 'code' | 'link'
    readonly more?: Readonly<Record<string, string>>
    readonly leadsTo: string
    readonly says: string
    readonly seconds: number
  }
  const new_password = newPassword
  const rows: readonly Row[] = [
    {
      path: '/verify-email',
      make: () => makeUser({ isVerified: false }),
      leadsTo: '/sign-in?done=email-verified',
      says: signInWords.done['email-verified'],
      seconds: day,
    },
    {
      path: '/reset-password',
      make: () => asked('/password/forgot'),
      more: { new_password },
      leadsTo: '/sign-in?done=password-set',
      says: signInWords.done['password-set'],
      seconds: 30 * 60,
    },
    {
      path: '/sign-in/link',
      make: () => asked('/login/email'),
      leadsTo: '/account',
      says: '',
      seconds: 10 * 60,
    },
    {
      path: '/change-email',
      typed: 'link',
      async make() {
        const { newEmail, proof } = await changeBegun()
        return { email: newEmail, mail: proof }
      },
      leadsTo: '/sign-in?done=email-changed',
      says: signInWords.done['email-changed'],
      seconds: day,
    },
    {
      path: '/cancel-email-change',
      typed: 'link',
      async make() {
        const { email, notice } = await changeBegun()
        return { email, mail: notice }
      },
      leadsTo: '/cancel-email-change?done=cancelled',
      says: mailed.cancel.done,
      seconds: day,
    },
    {
      path: '/undo-email-change',
      typed: 'link',
      async make() {
        const { email, proof } = await changeBegun()
        await post('/email/change/confirm', { token: proof.token })
        return { email, mail: await inbox.next(email) }
      },
      leadsTo: '/reset-password?done=undone',
      says: mailed.reset.afterUndo,
      seconds: 7 * day,
    },
    {
      path: '/one-time-link',
      typed: 'link',
      more: { new_password },
      async make() {
        const { username, email } = await makeUser()
        const user = await service.auth.users.findByUsername(username)
        const made = await service.auth.users.oneTimeLink(user?.id ?? '')
        return { email, mail: { token: made?.token ?? '', code: '' } }
      },
      leadsTo: '/sign-in?done=password-set',
      says: signInWords.done['password-set'],
      seconds: 60 * 60,
    },
  ]

  describe.each(rows)('$path', ({ path, make, typed = 'code', more, leadsTo, says, seconds }) => {
    const linkOf = (token: string) => `${site}${path}#token=${token}`

    it('takes a link once, however often the page was opened before', async () => {
      const { mail } = await make()
      for (let scan = 0; scan < 3; scan++) expect((await visitor().open(path)).status).toBe(200)
      const person = await visitor().open(path)
      await person.submit({ token: mail.token, ...more })
      expect([person.path, person.html.includes(says)]).toEqual([leadsTo, true])
      const later = await visitor().open(path)
      await later.submit({ token: mail.token, ...more })
      expect([later.status, later.path, later.problem]).toEqual([200, path, problems.code_invalid])
      // What was refused is not offered again.
      expect(later.html).not.toContain(mail.token)
    })

    it('takes what a person without script types, and again after a mistake', async () => {
      const { email, mail } = await make()
      const right = typed === 'code' ? { email, code: mail.code } : { link: linkOf(mail.token) }
      const wrong = typed === 'code' ? { email, code: `${mail.code}0` } : { link: linkOf(`${mail.token}x`) }
      const person = await visitor().open(path)
      await person.submit({ ...wrong, ...more })
      expect([person.status, person.problem]).toEqual([200, problems.form])
      expect(person.html).toMatch(new RegExp(`<p class="fault" id="${typed}-fault">`))
      await person.submit({ ...right, ...more })
      expect([person.path, person.html.includes(says)]).toEqual([leadsTo, true])
    })

    it('refuses a link that is cut, none, of another purpose, or expired', async () => {
      const { mail } = await make()
      const other = rows.find((row) => row.path !== path && row.typed === undefined) as Row
      const refused = async (token: string) => {
        const person = await visitor().open(path)
        await person.submit({ token, ...more })
        return [person.status, person.problem]
      }
      const refusal = [200, problems.code_invalid]
      for (const token of [mail.token.slice(0, -1), 'x', (await other.make()).mail.token]) {
        expect(await refused(token)).toEqual(refusal)
      }
      service.elapsed = seconds
      expect(await refused(mail.token)).toEqual(refusal)
    })

    it('says nothing of who has an address', async () => {
      if (typed === 'link') return
      const { email } = await make()
      const answers = await Promise.all(
        [email, 'no-one@mail.example'].map(async (address) => {
          const person = await visitor().open(path)
          await person.submit({ email: address, code: '0', ...more })
          return [person.status, person.html.replaceAll(address, '')]
        }),
      )
      expect(answers[0]).toEqual(answers[1])
    })

    it('accepts no form of another site, and changes nothing by it', async () => {
      const { mail } = await make()
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { origin: 'https://evil.example' },
        { origin: 'null' },
        {},
      ]) {
        const person = await visitor().open(path)
        await person.submit({ token: mail.token, ...more }, headers as Record<string, string>)
        expect([person.status, person.problem]).toEqual([403, problems.cross_site_refused])
      }
      const person = await visitor().open(path)
      await person.submit({ token: mail.token, ...more })
      expect(person.path).toBe(leadsTo)
    })

    it('shows what was typed as text', async () => {
      const attack = `"'><svg onload=alert(1)>`
      const person = await visitor().open(
        `${path}?done=${encodeURIComponent(attack)}&next=${encodeURIComponent(attack)}`,
      )
      expect(person.html).not.toContain('<svg onload')
      await person.submit({ email: attack, code: attack, link: attack, new_password: attack, remember: attack })
      expect(person.problem).not.toBe('')
      expect(person.html).not.toContain('<svg onload')
      await person.submit({ token: attack, new_password: 'short' })
      expect(person.html).not.toContain('<svg onload')
    })
  })

  it('keeps a link whose new password was rejected', async () => {
    for (const { path, make } of rows.filter(({ more }) => more !== undefined)) {
      const { mail } = await make()
      const person = await visitor().open(path)
      await person.submit({ token: mail.token, new_password: 'short' })
      expect([person.status, person.problem]).toEqual([200, problems.form])
      expect(person.html).toMatch(/<p class="fault" id="new_password-fault">/)
      await person.submit({ new_password: newPassword })
      expect(person.path).toBe('/sign-in?done=password-set')
    }
  })

  it('leads a person who is signed in to the account, and takes the code of a new address there', async () => {
    const { username, newEmail, proof } = await changeBegun()
    const person = await visitor().open('/sign-in')
    await person.submit({ username, password })
    await person.open('/change-email')
    await person.submit({ code: '0' })
    expect(person.html).toMatch(/<p class="fault" id="code-fault">/)
    await person.submit({ code: proof.code })
    expect(person.path).toBe('/account?done=email-changed')
    expect((await service.auth.users.findByUsername(username))?.email).toBe(newEmail)
  })

  describe.each([
    {
      path: '/forgot-password',
      next: '/reset-password',
      more: { new_password },
      leadsTo: '/sign-in?done=password-set',
    },
    { path: '/sign-in/mail', next: '/sign-in/link', more: {}, leadsTo: '/account' },
    { path: '/verify-email/mail', next: '/verify-email', more: {}, leadsTo: '/sign-in?done=email-verified' },
  ])('$path', ({ path, next, more, leadsTo }) => {
    it('answers the same for every address, and takes the code right there', async () => {
      const { email } = await makeUser({ isVerified: next !== '/verify-email' })
      const sent = await Promise.all(
        [email, 'no-one-at-all@mail.example'].map(async (address) => {
          const person = await visitor().open(path)
          await person.submit({ email: address })
          return { person, html: person.html.replaceAll(address, 'ADDRESS'), status: person.status }
        }),
      )
      expect([sent[0]?.status, sent[0]?.html]).toEqual([200, sent[1]?.html])
      const { code } = await inbox.next(email)
      const person = sent[0]?.person as FormVisitor
      await person.submit({ code, ...more })
      expect(person.path).toBe(leadsTo)
    })

    it('says what is wrong with an address, and shows it as text', async () => {
      const person = await visitor().open(path)
      await person.submit({ email: '"><svg onload=alert(1)>@x' })
      expect([person.status, person.problem]).toEqual([200, problems.form])
      expect(person.html).toMatch(/<p class="fault" id="email-fault">/)
      expect(person.html).not.toContain('<svg onload')
    })

    it('accepts no form of another site', async () => {
      const { email } = await makeUser()
      const before = inbox.mails.length
      const person = await visitor().open(path)
      await person.submit({ email }, { 'sec-fetch-site': 'cross-site' })
      expect([person.status, inbox.mails.length]).toEqual([403, before])
    })
  })

  it('goes on to where the person was headed, by code too', async () => {
    const { email } = await makeUser()
    const person = await visitor().open('/sign-in/mail?next=%2Faccount%2Fsessions&return_to=https%3A%2F%2Fevil.example')
    await person.submit({ email })
    await person.submit({ code: (await inbox.next(email)).code })
    expect(person.path).toBe('/account/sessions')
  })

  it('asks for the second factor after a mail as after a password', async () => {
    const { username, email } = await makeUser()
    const token = await accessOf(username)
    const { body } = await post('/mfa/totp', {}, token)
    const totp = new TOTP({ secret: Secret.fromBase32(body.secret as string) })
    const code = totp.generate({ timestamp: start * 1000 })
    expect((await post(`/mfa/totp/${body.id}/confirm`, { code }, token)).status).toBe(200)
    // That it was set up.
    await inbox.next(email)
    await post('/login/email', { email })
    const person = await visitor().open('/sign-in/link')
    await person.submit({ token: (await inbox.next(email)).token })
    expect(person.path).toBe('/sign-in/code')
  })

  it('tells a person of an account that was made, or that someone else may have made', async () => {
    const { email } = await makeUser({ isVerified: false })
    for (const [address, done] of [
      [email, 'adopted'],
      ['newcomer@mail.example', 'created'],
    ] as const) {
      await post('/login/email', { email: address })
      const person = await visitor().open('/sign-in/link')
      await person.submit({ token: (await inbox.next(address)).token })
      expect([person.path, person.html.includes(mailed.signInLink[done])]).toEqual([`/sign-in/link?done=${done}`, true])
    }
  })

  it('is offered only where it can do something', async () => {
    const own = await openSqliteFile()
    const silent = await startService(own.url, { pages: '/' })
    for (const path of ['/sign-in/mail', '/sign-in/link', '/forgot-password', '/verify-email/mail']) {
      const person = await new FormVisitor(silent.auth).open(path)
      expect([path, person.path]).toEqual([path, '/sign-in'])
    }
    await silent.auth.close()
    await own.drop()
  })
})
