import { openSqliteFile } from '../../databases.ts'
import type { Row } from '../declared-rows.ts'
import { last, crossSite as ofListed, refusedOf, type World } from '../declared-world.ts'
import { type Call, password, type Reply } from '../service.ts'
import { type MailedNodes, startMailedNodes } from './mailed-service.ts'

const another = 'quite another password'
type Columns = Parameters<MailedNodes['setUser']>[1]

const crossSite = { 'sec-fetch-site': 'cross-site' }

/** Services that send mail, and a request for each answer and each refusal of the endpoints that need it. */
export function makeMailRows(world: World): {
  readonly rows: Row[]
  open(): Promise<void>
  close(): Promise<void>
} {
  let mailed: MailedNodes
  let strict: MailedNodes
  let demanding: MailedNodes
  let busy: MailedNodes

  async function open(): Promise<void> {
    mailed = await startMailedNodes(await openSqliteFile())
    strict = await startMailedNodes(await openSqliteFile(), { limits: { attemptsPerAccount: 1, mailsPerMinute: 1 } })
    demanding = await startMailedNodes(await openSqliteFile(), { requireVerifiedEmail: true, mfaRoles: ['admin'] })
    busy = await startMailedNodes(await openSqliteFile(), {
      passwords: { memoryKiB: 16_384, passes: 2, hashesAtOnce: 1, hashQueue: 1 },
    })
  }
  async function close(): Promise<void> {
    for (const one of [mailed, strict, demanding, busy]) await one.close()
  }

  const send = (path: string, call: Call) => mailed.nodes[0].call('POST', `/auth${path}`, call)
  const off = (path: string, body: object = { email: 'a@mail.example' }) => world.post(path, { body })
  const email = 'nobody@mail.example'
  /** Asks for a mail, and says what is in it. */
  async function mail(path: string, where: () => MailedNodes = () => mailed, columns?: Columns) {
    const member = await where().member({ verified: false })
    if (columns !== undefined) await where().setUser(member.username, columns)
    await where().post(path, { email: member.email })
    return { token: (await where().inbox.next(member.email)).token }
  }
  const wrongCodes = (path: string, more: object = {}) =>
    last(3, () => strict.post(path, { email, code: '00000000', ...more }))
  const twice = (path: string) => last(2, () => strict.post(path, { email }))
  const signIn = async (columns: Columns): Promise<Reply> =>
    demanding.post('/login/email/verify', await mail('/login/email', () => demanding, columns))

  const rows: Row[] = [
    [
      'register',
      'cross_site_refused',
      () => world.post('/register', { body: { username: 'x', password }, headers: crossSite }),
    ],
    ['requestVerification', '202', () => mailed.post('/email/verification', { email })],
    ['requestVerification', 'mail_disabled', () => off('/email/verification')],
    [
      'requestVerification',
      'user_not_found',
      () => send('/email/verification', { body: {}, token: world.own({ aud: undefined }) }),
    ],
    ['requestVerification', 'rate_limited', () => twice('/email/verification')],
    ['verifyEmail', '204', async () => mailed.post('/email/verify', await mail('/email/verification'))],
    ['verifyEmail', 'code_invalid', () => off('/email/verify', { token: 'x' })],
    ['verifyEmail', 'rate_limited', () => wrongCodes('/email/verify')],
    ['forgotPassword', '202', () => mailed.post('/password/forgot', { email })],
    ['forgotPassword', 'mail_disabled', () => off('/password/forgot')],
    ['forgotPassword', 'rate_limited', () => twice('/password/forgot')],
    ['forgotPassword', 'cross_site_refused', () => send('/password/forgot', { body: { email }, headers: crossSite })],
    [
      'resetPassword',
      '204',
      async () => mailed.post('/password/reset', { ...(await mail('/password/forgot')), new_password: another }),
    ],
    ['resetPassword', 'code_invalid', () => off('/password/reset', { token: 'x', new_password: another })],
    ['resetPassword', 'rate_limited', () => wrongCodes('/password/reset', { new_password: another })],
    [
      'resetPassword',
      'overloaded',
      async () => {
        const presented = await mail('/password/forgot', () => busy)
        return refusedOf(() => busy.post('/password/reset', { ...presented, new_password: another }))
      },
    ],
    ['requestSignIn', '202', () => mailed.post('/login/email', { email })],
    ['requestSignIn', 'mail_disabled', () => off('/login/email')],
    [
      'requestSignIn',
      'email_sign_in_disabled',
      async () => {
        const nodes = await startMailedNodes(await openSqliteFile(), { emailSignIn: false })
        const reply = await nodes.post('/login/email', { email })
        await nodes.close()
        return reply
      },
    ],
    ['requestSignIn', 'rate_limited', () => twice('/login/email')],
    ['requestSignIn', 'cross_site_refused', () => send('/login/email', { body: { email }, headers: crossSite })],
    ['signIn', '200', async () => mailed.post('/login/email/verify', await mail('/login/email'))],
    ['signIn', 'code_invalid', () => mailed.post('/login/email/verify', { token: 'x' })],
    ['signIn', 'email_sign_in_disabled', () => off('/login/email/verify', { token: 'x' })],
    ['signIn', 'mfa_required', () => signIn({ second_factors: 1, email_verified_at: 1 })],
    ['signIn', 'mfa_enrollment_required', () => signIn({ roles: '["admin"]' })],
    [
      'signIn',
      'email_not_verified',
      async () => {
        const member = await demanding.member({ verified: false })
        await demanding.post('/login/email', { email: member.email })
        const { token } = await demanding.inbox.next(member.email)
        // Set up meanwhile: otherwise the mail makes another account.
        await demanding.setUser(member.username, { second_factors: 1 })
        return demanding.post('/login/email/verify', { token })
      },
    ],
    ['signIn', 'rate_limited', () => wrongCodes('/login/email/verify')],
    [
      'signIn',
      'cross_site_refused',
      () => send('/login/email/verify', { body: { token: 'x', cookies: true }, headers: crossSite }),
    ],
    [
      'signIn',
      'cookies_cross_site',
      () => world.post('/login/email/verify', { body: { token: 'x', cookies: true }, headers: ofListed }),
    ],
  ]
  return { rows, open, close }
}
