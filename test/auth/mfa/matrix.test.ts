import { globSync, readFileSync } from 'node:fs'
import { RequestError } from 'hallpass/auth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { insertIdentity } from '../../../src/store/identities.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { openBrowser } from '../identities/browser.ts'
import { clientId, clientSecret, openProvider, type TestProvider } from '../identities/openid-provider.ts'
import { Authenticator } from '../passkeys/authenticator.ts'
import { password, type Service, startService } from '../service.ts'
import { addApp } from './authenticator.ts'

type Account = 'no factor' | 'TOTP' | 'a role demands one' | 'TOTP, and a role demands one' | 'unverified'

/** What a way in ends with: the `acr` of the session, or the code of the refusal. */
type Outcome = 'aal1' | 'aal2' | 'mfa_required' | 'mfa_enrollment_required' | 'email_not_verified' | 'account_exists'

const url = 'https://id.example'

interface World {
  readonly service: Service
  /** On the same database: it has the accounts set up that the other demands more of. */
  readonly setup: Service
  readonly database: Database
  /** Known to the service twice: as a provider that is asked to link, and as one that owns its mailboxes. */
  readonly provider: TestProvider
}

interface Person {
  readonly id: string
  readonly username: string
  readonly email: string
}

/** The links of mails, by the address that they went to. */
const links = new Map<string, string>()

/** Requests a mail, and waits for the token of its link. Each request is of another network: those are limited too. */
async function mailedToken(service: Service, path: string, { email }: Person): Promise<string> {
  await service.call('POST', path, { body: { email }, address: `198.51.100.${links.size}` })
  await expect.poll(() => links.get(email), { timeout: 600_000 }).toBeDefined()
  return links.get(email) ?? ''
}

type WayIn = (world: World, person: Person) => Promise<string>

/** The access token of a login, or the code of its refusal. */
async function logIn(service: Service, { username }: Person, given: string): Promise<string> {
  const { body } = await service.call('POST', '/auth/login', { body: { username, password: given } })
  return String(body.access_token ?? body.code)
}

async function start(service: Service, { id }: Person, amr?: readonly string[]): Promise<string> {
  try {
    return (await service.auth.startSession(id, {}, amr === undefined ? {} : { amr })).accessToken
  } catch (error) {
    if (error instanceof RequestError) return error.code
    throw error
  }
}

/** Registers a passkey where nothing more is demanded, and signs in with it. */
async function usePasskey({ service, setup }: World, { id }: Person): Promise<string> {
  const { accessToken: token } = await setup.auth.startSession(id, {}, { amr: ['pwd', 'otp', 'mfa'] })
  const authenticator = new Authenticator()
  const made = (await setup.call('POST', '/auth/passkeys/options', { token })).body
  const created = { challenge_token: made.challenge_token, credential: authenticator.create(made.options as never) }
  await setup.call('POST', '/auth/passkeys', { token, body: created })
  const asked = (await service.call('POST', '/auth/login/passkey/options')).body
  const answered = { challenge_token: asked.challenge_token, credential: authenticator.get(asked.options as never) }
  const { body } = await service.call('POST', '/auth/login/passkey', { body: answered })
  return String(body.access_token ?? body.code)
}

async function signInWith({ service, provider }: World, name: string): Promise<string> {
  const browser = openBrowser(service)
  await browser.signIn(name, provider)
  const { body } = await browser.send('POST', '/auth/oauth/outcome')
  return String(body.code ?? browser.cookies.get('__Host-access_token'))
}

/** Signs in with a provider that has verified the address of the account. */
function signInByAddress(world: World, name: string, { username, email }: Person): Promise<string> {
  world.provider.account = { sub: username, email, email_verified: true }
  return signInWith(world, name)
}

async function signInLinked(world: World, { id, username }: Person): Promise<string> {
  const { issuer } = world.provider
  const about = { email: null, emailVerified: false, kept: null, now: new Date(0), isUsed: false }
  const linked = { id: `of ${id}`, userId: id, provider: 'asking', issuer, subject: username, ...about }
  await insertIdentity(world.database.sql, linked)
  world.provider.account = { sub: username }
  return signInWith(world, 'asking')
}

const resetPassword = 'quite another password'

const ways: Readonly<Record<string, WayIn>> = {
  'the password': ({ service }, person) => logIn(service, person, password),
  'a password that was set anew': async ({ service }, person) => {
    await service.auth.users.setPassword(person.id, 'quite another password')
    return logIn(service, person, 'quite another password')
  },
  'a password that was reset by a mailed link': async ({ service }, person) => {
    const token = await mailedToken(service, '/auth/password/forgot', person)
    await service.call('POST', '/auth/password/reset', { body: { token, new_password: resetPassword } })
    return logIn(service, person, resetPassword)
  },
  'a mailed link': async ({ service }, person) => {
    const token = await mailedToken(service, '/auth/login/email', person)
    const { body } = await service.call('POST', '/auth/login/email/verify', { body: { token } })
    return String(body.access_token ?? body.code)
  },
  'a passkey': usePasskey,
  'a linked account at a provider': signInLinked,
  'a provider that has verified the address': (world, person) => signInByAddress(world, 'asking', person),
  'a provider that owns the address': (world, person) => signInByAddress(world, 'owning', person),
  'startSession without amr': ({ service }, person) => start(service, person),
  'startSession after a password': ({ service }, person) => start(service, person, ['pwd']),
  // Two methods of one factor, and a factor without the word for both, are not two.
  'startSession with methods, but not mfa': ({ service }, person) => start(service, person, ['pwd', 'otp', 'email']),
  'startSession with two factors': ({ service }, person) => start(service, person, ['pwd', 'otp', 'mfa']),
}

const oneFactor: Readonly<Record<Account, Outcome>> = {
  'no factor': 'aal1',
  TOTP: 'mfa_required',
  'a role demands one': 'mfa_enrollment_required',
  'TOTP, and a role demands one': 'mfa_required',
  unverified: 'email_not_verified',
}
const twoFactors: Readonly<Record<Account, Outcome>> = {
  'no factor': 'aal2',
  TOTP: 'aal2',
  'a role demands one': 'aal2',
  'TOTP, and a role demands one': 'aal2',
  unverified: 'email_not_verified',
}

/** What is mailed, and some providers, prove the address, which then is no longer unverified. */
function outcomeOf(way: string, account: Account): Outcome {
  if (account === 'unverified' && /mailed|the address/.test(way)) return 'aal1'
  if (way.endsWith('has verified the address')) return 'account_exists'
  return (/two factors|passkey/.test(way) ? twoFactors : oneFactor)[account]
}

const cells = Object.keys(ways).flatMap((way) =>
  (Object.keys(oneFactor) as Account[]).map((account): [way: string, account: Account, outcome: Outcome] => [
    way,
    account,
    outcomeOf(way, account),
  ]),
)

describe.each(databases)('on $name', ({ open }) => {
  let test: TestDatabase
  let world: World
  let count = 0
  beforeAll(async () => {
    test = await open()
    links.clear()
    const callbacks = ['asking', 'owning'].map((name) => `${url}/auth/oauth/${name}/callback`)
    const provider = await openProvider(callbacks)
    const openid = { preset: 'openid', issuer: provider.issuer, clientId, clientSecret } as const
    const setup = await startService(test.url, { url })
    const service = await startService(test.url, {
      requireVerifiedEmail: true,
      mfaRoles: ['admin'],
      emailSignIn: true,
      url,
      providers: { asking: openid, owning: { ...openid, link: 'verified' } },
      sendMail: async ({ to, text }) => {
        const token = /#token=([\w-]+)/.exec(text)?.[1]
        if (token !== undefined) links.set(to, token)
      },
    })
    world = { service, setup, provider, database: await openDatabase(test.url) }
  })
  afterAll(async () => {
    const { service, setup, provider, database } = world
    await database.close()
    for (const { auth } of [service, setup]) await auth.close()
    await provider.close()
    await test.drop()
  })
  async function make(account: Account): Promise<Person> {
    const { setup, database } = world
    const username = `user${count++}`
    const email = `${username}@example.com`
    const roles = account.includes('role') ? ['admin'] : []
    const { id } = await setup.auth.users.add({ username, password, email, roles })
    if (account !== 'unverified') {
      const verified = database.sql.updateTable('hallpass_users').set({ email_verified_at: 1 })
      await verified.where('id', '=', id).execute()
    }
    if (account.includes('TOTP')) await addApp(setup, (await setup.auth.startSession(id)).accessToken)
    return { id, username, email }
  }

  it.each(cells)('%s, of an account with %s, ends with %s', async (way, account, outcome) => {
    const answer = await ways[way]?.(world, await make(account))
    const isToken = answer?.includes('.')
    expect(isToken ? world.service.auth.jwt.decodeToken(answer ?? '').acr : answer).toBe(outcome)
  })
})

describe('the gate', () => {
  const root = new URL('../../../src/', import.meta.url).pathname
  const files = globSync('**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] })
  const callersOf = (name: string) =>
    files.flatMap((file) => {
      const calls = readFileSync(root + file, 'utf8').matchAll(new RegExp(`(?<!function )\\b${name}\\(`, 'g'))
      return [...calls].map(() => file)
    })

  it.each([
    ['insertSession', 'store/sessions/token-subjects.ts'],
    ['beginSession', 'accounts/sessions/complete-login.ts'],
  ])('has the one call of %s', (name, caller) => {
    expect(callersOf(name)).toEqual([caller])
  })

  it('is the only place that writes rows of sessions', () => {
    const writers = files.filter(
      (file) => readFileSync(root + file, 'utf8').search(/insert ?into(?:\('| )hallpass_sessions/i) >= 0,
    )
    expect(writers).toEqual(['store/sessions/sessions.ts'])
  })
})
