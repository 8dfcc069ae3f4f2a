import type { AuthOptions } from 'hallpass/auth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { manyMails } from '../email/mailed-service.ts'
import { Authenticator } from '../passkeys/authenticator.ts'
import { password, type Reply, refusal, type Service, startService } from '../service.ts'

/** What an account has beside what is removed. */
interface Left {
  readonly password?: true
  /** Whether it has verified the person. */
  readonly passkey?: 'verifying' | 'plain'
  readonly identity?: 'set up' | 'renamed' | 'moved' | 'set up no more'
  /** `typed`: an address that was never proven. */
  readonly mailbox: 'verified' | 'typed' | 'none'
}
type Removed = 'password' | 'passkey' | 'identity'

const mail = { url: 'http://localhost', sendMail: async () => {} }
const settings = {
  'sign-in by mail': { ...mail, emailSignIn: true },
  'no sign-in by mail': { ...mail, emailSignIn: false },
  'no mail': { url: 'http://localhost', emailSignIn: true },
  'verified addresses': { ...mail, emailSignIn: true, requireVerifiedEmail: true },
} as const satisfies Record<string, Partial<AuthOptions>>
type Setting = keyof typeof settings

const rows: [at: Setting, removed: Removed, left: Left, outcome: 'removed' | 'kept'][] = [
  ['sign-in by mail', 'password', { mailbox: 'verified' }, 'removed'],
  ['sign-in by mail', 'password', { mailbox: 'typed' }, 'kept'],
  ['sign-in by mail', 'password', { mailbox: 'none' }, 'kept'],
  // A reset by mail helps a user who lost a way in. It is none.
  ['no sign-in by mail', 'password', { mailbox: 'verified' }, 'kept'],
  ['no mail', 'password', { mailbox: 'verified' }, 'kept'],
  ['no mail', 'password', { mailbox: 'none', passkey: 'verifying' }, 'removed'],
  ['no mail', 'password', { mailbox: 'none', passkey: 'plain' }, 'kept'],
  ['no mail', 'password', { mailbox: 'none', identity: 'set up' }, 'removed'],
  // Accounts are known by the issuer, whatever the provider is called here.
  ['no mail', 'password', { mailbox: 'none', identity: 'renamed' }, 'removed'],
  ['no mail', 'password', { mailbox: 'none', identity: 'moved' }, 'kept'],
  ['no mail', 'password', { mailbox: 'none', identity: 'set up no more' }, 'kept'],
  ['verified addresses', 'password', { mailbox: 'verified' }, 'removed'],
  ['verified addresses', 'password', { mailbox: 'verified', passkey: 'verifying' }, 'removed'],
  ['verified addresses', 'password', { mailbox: 'typed', passkey: 'verifying' }, 'kept'],
  ['verified addresses', 'password', { mailbox: 'none', passkey: 'verifying', identity: 'set up' }, 'kept'],

  ['no mail', 'passkey', { mailbox: 'none', password: true }, 'removed'],
  ['no mail', 'passkey', { mailbox: 'verified' }, 'kept'],
  ['no mail', 'passkey', { mailbox: 'none', passkey: 'verifying' }, 'removed'],
  ['no mail', 'passkey', { mailbox: 'none', passkey: 'plain' }, 'kept'],
  ['no sign-in by mail', 'passkey', { mailbox: 'verified' }, 'kept'],
  ['no sign-in by mail', 'passkey', { mailbox: 'typed', password: true }, 'removed'],
  ['sign-in by mail', 'passkey', { mailbox: 'verified' }, 'removed'],
  ['sign-in by mail', 'passkey', { mailbox: 'typed' }, 'kept'],
  ['verified addresses', 'passkey', { mailbox: 'verified', password: true }, 'removed'],
  ['verified addresses', 'passkey', { mailbox: 'typed', password: true }, 'kept'],
  ['verified addresses', 'passkey', { mailbox: 'none', password: true }, 'kept'],

  ['no mail', 'identity', { mailbox: 'none', password: true }, 'removed'],
  ['no mail', 'identity', { mailbox: 'none', passkey: 'verifying' }, 'removed'],
  ['no mail', 'identity', { mailbox: 'verified' }, 'kept'],
  ['no sign-in by mail', 'identity', { mailbox: 'verified' }, 'kept'],
  ['sign-in by mail', 'identity', { mailbox: 'verified' }, 'removed'],
  ['verified addresses', 'identity', { mailbox: 'typed', password: true }, 'kept'],
  ['verified addresses', 'identity', { mailbox: 'typed', passkey: 'verifying' }, 'kept'],
]

// The last way in is the last that signs in at the settings in force.
describe.each(databases)('the last way in, on $name', ({ open }) => {
  let test: TestDatabase
  let database: Database
  let nodes: Readonly<Record<Setting, Service>>
  beforeAll(async () => {
    test = await open()
    const common = {
      limits: { attemptsPerAccount: 1000, attemptsPerAddress: 100_000, registrationsPerAddress: 1000, ...manyMails },
      providers: { one: { preset: 'openid', issuer: 'https://one.example', clientId: 'x', clientSecret: 'y' } },
      onFault: () => {},
    } as const
    const made: [Setting, Service][] = []
    for (const name of Object.keys(settings) as Setting[]) {
      made.push([name, await startService(test.url, { ...common, ...settings[name] })])
    }
    nodes = Object.fromEntries(made) as Record<Setting, Service>
    database = await openDatabase(test.url)
  })
  afterAll(async () => {
    for (const { auth } of Object.values(nodes)) await auth.close()
    await database.close()
    await test.drop()
  })

  const call = (method: string, path: string, token: string, body?: object): Promise<Reply> =>
    nodes['no mail'].call(method, `/auth${path}`, { token, ...(body && { body }) })
  async function addPasskey(token: string, authenticator: Authenticator) {
    const { options, challenge_token } = (await call('POST', '/passkeys/options', token)).body
    const credential = authenticator.create(options as never)
    const { body } = await call('POST', '/passkeys', token, { challenge_token, credential })
    return { id: (body.passkey as { id: string }).id, token: String(body.access_token) }
  }
  async function addIdentity(user_id: string, id: string, identity: NonNullable<Left['identity']>) {
    const provider = identity === 'set up' || identity === 'moved' ? 'one' : 'two'
    const issuer = `https://${identity === 'set up' || identity === 'renamed' ? 'one' : 'two'}.example`
    const row = { id, user_id, provider, issuer, subject: id, email_verified: 0, created_at: 0 }
    await database.sql.insertInto('hallpass_identities').values(row).execute()
    return id
  }

  let count = 0
  async function arrange(removed: Removed, left: Left) {
    const username = `user${count++}`
    let { access_token: token } = await nodes['no mail'].newcomer(username)
    const id = String(nodes['no mail'].auth.jwt.decodeToken(token).sub)
    const authenticator = new Authenticator({ isUserVerified: left.passkey !== 'plain' })
    let path = '/password'
    if (left.passkey !== undefined) token = (await addPasskey(token, authenticator)).token
    if (removed === 'passkey') {
      const made = await addPasskey(token, new Authenticator())
      token = made.token
      path = `/passkeys/${made.id}`
    }
    if (left.identity !== undefined) await addIdentity(id, id, left.identity)
    if (removed === 'identity') path = `/identities/${await addIdentity(id, id, 'set up')}`
    const email = left.mailbox === 'none' ? null : `${username}@mail.example`
    const columns = {
      email,
      email_normal: email,
      email_verified_at: left.mailbox === 'verified' ? 1 : null,
      ...(removed !== 'password' && !left.password && { password_hash: '' }),
    }
    await database.sql.updateTable('hallpass_users').set(columns).where('id', '=', id).execute()
    return { username, token, path, authenticator }
  }
  async function signIn(service: Service, authenticator: Authenticator): Promise<Reply> {
    const { options, challenge_token } = (await service.call('POST', '/auth/login/passkey/options')).body
    const body = { challenge_token, credential: authenticator.get(options as never) }
    return service.call('POST', '/auth/login/passkey', { body })
  }

  it.each(rows)('%s: %s beside %o is %s', async (at, removed, left, outcome) => {
    const { username, token, path, authenticator } = await arrange(removed, left)
    const reply = await nodes[at].call('DELETE', `/auth${path}`, { token })
    expect(reply.status === 204 ? 'removed' : refusal(reply)).toBe(
      outcome === 'removed' ? 'removed' : '409 last_way_in',
    )
    if (outcome === 'kept') return
    // What is left signs in.
    if (left.password) {
      const login = await nodes[at].call('POST', '/auth/login', { body: { username, password } })
      expect(login.status).toBe(200)
    }
    if (left.passkey === 'verifying') expect((await signIn(nodes[at], authenticator)).status).toBe(200)
  })
})
