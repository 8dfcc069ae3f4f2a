import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Auth as BetterAuth, betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { twoFactor } from 'better-auth/plugins/two-factor'
import type { ImportedUser, ImportOutcome } from 'hallpass/auth'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { readWays } from '../../examples/migrating/better-auth-ways.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { hallpass } from '../cli/hallpass.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { createDatabase } from '../postgres.ts'
import { makeFolder } from '../server/process.ts'
import { codeAt } from './mfa/authenticator.ts'
import { password, type Service, secret, startService } from './service.ts'

const realTime = () => Date.now() / 1000
const seed = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const google = { provider: 'google', issuer: 'https://accounts.google.com' }

/** The code of now: a step before it is accepted too. */
const code = (text: string) => codeAt(text, realTime())

describe.each(databases)('what users bring besides a password, on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  const folder = makeFolder()
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url, { clock: realTime })
  })
  afterAll(async () => {
    await service.auth.close()
    await test.drop()
    folder.remove()
  })

  async function stored() {
    const database = await openDatabase(test.url)
    const identities = await database.sql.selectFrom('hallpass_identities').selectAll().execute()
    const apps = await database.sql.selectFrom('hallpass_totp').selectAll().execute()
    await database.close()
    return { identities, apps }
  }
  const ofUser = async (id: string) =>
    (await stored()).identities
      .filter((row) => row.user_id === id)
      .map(({ provider, issuer, subject }) => ({ provider, issuer, subject }))
  async function logIn(username: string, given: string, secretOfApp: string) {
    const { body } = await service.call('POST', '/auth/login', { body: { username, password: given } })
    expect(body.code).toBe('mfa_required')
    const proof = { mfa_token: body.mfa_token, method: 'totp', code: code(secretOfApp) }
    return (await service.call('POST', '/auth/mfa/verify', { body: proof })).status
  }
  const codeOf = (outcome: ImportOutcome): string => {
    if (outcome.user !== undefined) return outcome.wasThere ? 'there' : 'added'
    return outcome.refusal.members[0]?.member ?? outcome.refusal.code
  }

  it('is added once, and found there again; what is not fit is refused with all of its user', async () => {
    const own = { identities: [{ ...google, subject: '1' }], totp: [{ secret: seed }] }
    const users: ImportedUser[] = [
      { id: 'a', username: 'ann', ...own },
      { id: 'a', username: 'ann', ...own },
      { username: 'ben', plainPassword: password, identities: [{ ...google, subject: '1' }] },
      { username: 'cleo', plainPassword: password, totp: [{ secret: 'not base32!' }] },
      { username: 'dan', plainPassword: password, totp: [{ secret: 'JBSWY3DP' }] },
      { username: 'eve', plainPassword: password, totp: Array(6).fill({ secret: seed }) },
      { username: 'fay', identities: [] },
      { username: 'gus', plainPassword: password, identities: [{ ...google, issuer: '', subject: '2' }] },
      { username: 'hal', plainPassword: password, identities: [{ ...google, provider: '<b>', subject: '2' }] },
    ]
    const outcomes = (await service.auth.users.importAll(users)).map(codeOf)
    const refused = ['identity_taken', 'totp', 'totp', 'totp', 'password', 'identities', 'identities']
    expect(outcomes).toEqual(['added', 'there', ...refused])
    const { identities, apps } = await stored()
    expect([identities.length, apps.length]).toEqual([1, 1])
    expect(apps[0]?.sealed).not.toContain(seed)
    expect(await service.auth.users.find('a')).toMatchObject({ secondFactors: 1 })
    expect(await service.auth.users.findByUsername('cleo')).toBeUndefined()
  })

  it('comes from a database of better-auth, made by itself', async () => {
    const path = join(folder.path, 'better-auth.db')
    const old = new DatabaseSync(path)
    const options = {
      secret,
      baseURL: 'http://127.0.0.1',
      database: old,
      emailAndPassword: { enabled: true },
      plugins: [twoFactor()],
    }
    await (await getMigrations(options)).runMigrations()
    const auth = betterAuth(options) as unknown as BetterAuth
    const call = async (where: string, body: object, cookie = '') => {
      const headers = { 'content-type': 'application/json', origin: 'http://127.0.0.1', cookie }
      const init = { method: 'POST', headers, body: JSON.stringify(body) }
      return auth.handler(new Request(`http://127.0.0.1/api/auth${where}`, init))
    }
    const cookieOf = (answer: Response) =>
      answer.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ')
    const signedUp = await call('/sign-up/email', { email: 'alice@example.com', password, name: 'Alice' })
    const { user } = (await signedUp.json()) as { user: { id: string } }
    const enabled = await call('/two-factor/enable', { password }, cookieOf(signedUp))
    const { totpURI } = (await enabled.json()) as { totpURI: string }
    const shown = new URL(totpURI).searchParams.get('secret') ?? ''
    expect((await call('/two-factor/verify-totp', { code: code(shown) }, cookieOf(signedUp))).status).toBe(200)
    const { internalAdapter } = await auth.$context
    await internalAdapter.linkAccount({ userId: user.id, providerId: 'google', accountId: '42' })
    await internalAdapter.linkAccount({ userId: user.id, providerId: 'unknown', accountId: '43' })

    const ways = await readWays(old, secret, { google: google.issuer })
    const { password: hash } = old
      .prepare("SELECT password FROM account WHERE providerId = 'credential'")
      .get() as unknown as { password: string }
    old.close()
    const record = { id: user.id, username: 'alice@example.com', passwordHash: hash, ...ways.get(user.id) }
    expect((await service.auth.users.importAll([record])).map(codeOf)).toEqual(['added'])
    expect(await ofUser(user.id)).toEqual([{ ...google, subject: '42' }])
    expect(await logIn('alice@example.com', password, shown.replace(/=+$/, ''))).toBe(200)
  })

  /** The queries of the document, in its order. */
  const guide = readFileSync(new URL('../../docs/migrating.md', import.meta.url), 'utf8')
  const queries = [...guide.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, query = '']) => query)

  /** Makes tables of another system, and writes what a query finds there into a file. */
  async function exported(tables: string, query: string, name: string): Promise<string> {
    const client = new pg.Client({ connectionString: await createDatabase(inject('postgresUrl')) })
    await client.connect()
    await client.query(tables)
    const { rows } = await client.query({ text: query, rowMode: 'array' })
    await client.end()
    const file = join(folder.path, name)
    writeFileSync(file, rows.map(([record]) => JSON.stringify(record)).join('\n'))
    return file
  }
  const env = () => ({ HALLPASS_DATABASE: test.url, HALLPASS_ENCRYPTION_SECRET: secret })

  it('comes from tables of Auth.js', async () => {
    const tables = `
      CREATE TABLE users (id SERIAL PRIMARY KEY, name VARCHAR(255), email VARCHAR(255), "emailVerified" TIMESTAMPTZ, image TEXT);
      CREATE TABLE accounts (id SERIAL PRIMARY KEY, "userId" INTEGER NOT NULL, type VARCHAR(255) NOT NULL,
        provider VARCHAR(255) NOT NULL, "providerAccountId" VARCHAR(255) NOT NULL, access_token TEXT);
      INSERT INTO users (email, "emailVerified") VALUES ('bob@authjs.test', now()), ('none@authjs.test', NULL);
      INSERT INTO accounts ("userId", type, provider, "providerAccountId")
        VALUES (1, 'oidc', 'google', '7'), (1, 'oauth', 'other', '8'), (2, 'oauth', 'other', '9')`
    const file = await exported(tables, queries[0] ?? '', 'authjs.jsonl')
    const { stdout, stderr } = await hallpass(['users', 'import', file], { env: env() })
    expect(stdout).toContain('added 1, already there 0, refused 1')
    expect(stderr).toContain('line 2: ')
    expect(await ofUser('1')).toEqual([{ ...google, subject: '7' }])
    expect(await service.auth.users.find('1')).toMatchObject({ emailVerifiedAt: expect.any(Date) })
  })

  it('comes from tables of Supabase, and needs the secret of the server', async () => {
    const passwordHash = '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
    const id = '6f1c1c1a-0b53-4f0e-9e0a-3c2b6d1f7a11'
    const tables = `
      CREATE SCHEMA auth;
      CREATE TYPE auth.factor_type AS ENUM ('totp', 'webauthn', 'phone');
      CREATE TYPE auth.factor_status AS ENUM ('unverified', 'verified');
      CREATE TABLE auth.users (id UUID PRIMARY KEY, email VARCHAR(255), encrypted_password VARCHAR(255),
        email_confirmed_at TIMESTAMPTZ, banned_until TIMESTAMPTZ, created_at TIMESTAMPTZ, deleted_at TIMESTAMPTZ);
      CREATE TABLE auth.identities (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), provider_id TEXT NOT NULL,
        user_id UUID NOT NULL, identity_data JSONB NOT NULL, provider TEXT NOT NULL);
      CREATE TABLE auth.mfa_factors (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), user_id UUID NOT NULL,
        friendly_name TEXT, factor_type auth.factor_type NOT NULL, status auth.factor_status NOT NULL, secret TEXT);
      INSERT INTO auth.users VALUES ('${id}', 'sue@supabase.test', '${passwordHash}', now(), NULL, now(), NULL);
      INSERT INTO auth.identities (provider_id, user_id, identity_data, provider) VALUES
        ('70', '${id}', '{}', 'google'), ('${id}', '${id}', '{}', 'email');
      INSERT INTO auth.mfa_factors (user_id, factor_type, status, secret) VALUES
        ('${id}', 'totp', 'verified', '${seed}'), ('${id}', 'totp', 'unverified', '${seed}')`
    const file = await exported(tables, queries[1] ?? '', 'supabase.jsonl')
    const without = await hallpass(['users', 'import', file], {
      cwd: folder.path,
      env: { HALLPASS_DATABASE: test.url },
    })
    expect(without.stderr).toContain('set the encryption secret')
    expect(await service.auth.users.find(id)).toBeUndefined()
    const { stdout } = await hallpass(['users', 'import', file], { env: env() })
    expect(stdout).toContain('added 1, already there 0, refused 0')
    expect(await ofUser(id)).toEqual([{ ...google, subject: '70' }])
    expect((await service.auth.users.factors(id)).totp).toHaveLength(1)
  })
})
