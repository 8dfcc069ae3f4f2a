import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { hashSync } from 'bcryptjs'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { admin, twoFactor } from 'better-auth/plugins'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { codeAt, codeNow, verify } from '../auth/mfa/authenticator.ts'
import { password, refusal, type Service, secret, startService } from '../auth/service.ts'
import { ensureDebianPackages } from '../debian.ts'
import { createDatabase } from '../postgres.ts'
import { makeFolder } from '../server/process.ts'
import { hallpass } from './hallpass.ts'

const oldSecret = 'the secret of better-auth, of some length'
const seed = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

const guide = readFileSync('docs/migrating.md', 'utf8')

/** The queries of the guide, by their first line, with the command in the sentence above each. */
const exports = new Map(
  [...guide.matchAll(/`(\w[^`\n]* > users\.jsonl)`[^\n]*\n+```sql\n-- ([^\n]*)\n(.*?)^```$/gms)].map(
    ([, command = '', name, query = '']) => [name, { command, query }],
  ),
)
/** What the guide adds to its queries for the plugin `admin`. */
const banned = new Map(
  [...guide.matchAll(/`('disabled', u\.banned[^`]*)` with (\w+)/g)].map(([, line, engine]) => [engine, line ?? '']),
)

/** The flags with which the guide imports accounts of better-auth, as it prints them. */
const betterAuthFlags = /^hallpass users import users\.jsonl (.*better-auth.*)$/m.exec(guide)?.[1]?.split(' ') ?? []

/** The folder of a reader, and the variables with which the commands of the guide find the old database. */
interface Old {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

describe('accounts of other systems, by the commands of the guide', () => {
  const folder = makeFolder()
  const closing: (() => unknown)[] = []
  beforeAll(async () => {
    await ensureDebianPackages(['sqlite3'], ['sqlite3', '--version'])
    await ensureDebianPackages(['postgresql-client'], ['psql', '--version'])
  })
  afterAll(async () => {
    for (const close of closing.reverse()) await close()
    folder.remove()
  })

  async function importBy(
    name: string,
    { cwd, env: from }: Old,
    { flags = [], change = (query) => query }: { flags?: readonly string[]; change?: (query: string) => string } = {},
  ) {
    const { command, query } = exports.get(name) ?? { command: 'false', query: '' }
    writeFileSync(join(cwd, 'export.sql'), change(query))
    execFileSync('sh', ['-euc', `umask 077; ${command}`], { cwd, env: { PATH: process.env.PATH, ...from } })
    const database = `sqlite:${join(cwd, 'new.db')}`
    const env = { HALLPASS_DATABASE: database, HALLPASS_ENCRYPTION_SECRET: secret }
    const run = (args: readonly string[], more: object = env) =>
      hallpass(['users', 'import', join(cwd, 'users.jsonl'), ...args], { cwd, env: { ...more } })
    const first = await run(flags)
    const again = await run(flags)
    const service = await startService(database, { secret: undefined, keyRing: { encryptionSecret: secret } })
    closing.push(() => service.auth.close())
    return { service, first, again, run, database }
  }

  async function postgres(): Promise<Old & { pool: pg.Pool }> {
    const url = await createDatabase(inject('postgresUrl'))
    const pool = new pg.Pool({ connectionString: url, max: 2 })
    closing.push(() => pool.end())
    const { hostname, port, username, pathname } = new URL(url)
    const env = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGDATABASE: pathname.slice(1) }
    return { pool, env, cwd: mkdtempSync(join(folder.path, 'from-')) }
  }

  const login = (service: Service, username: string) =>
    service.call('POST', '/auth/login', { body: { username, password } })
  const identitiesIn = async (database: string) => {
    const { sql, close } = await openDatabase(database)
    const rows = await sql.selectFrom('hallpass_identities').selectAll().orderBy('issuer').execute()
    await close()
    return rows.map(({ provider, issuer, subject, email }) => [provider, issuer, subject, email])
  }
  /** What came of a login with a password, and with a code then. */
  async function loginWithApp(service: Service, username: string, app: string): Promise<string[]> {
    const asked = await login(service, username)
    const given = await verify(service, String(asked.body.mfa_token), codeNow(service, app))
    return [refusal(asked), given.status === 200 ? 'in' : refusal(given)]
  }

  describe.each(['SQLite', 'PostgreSQL'])('better-auth on %s', (engine) => {
    let old: Old
    let app: string
    let users: Record<string, string>
    beforeAll(async () => {
      let database: DatabaseSync | pg.Pool
      if (engine === 'SQLite') {
        old = { cwd: mkdtempSync(join(folder.path, 'from-')) }
        const file = new DatabaseSync(join(old.cwd, 'auth.db'))
        closing.push(() => file.close())
        database = file
      } else {
        const server = await postgres()
        old = server
        database = server.pool
      }
      const auth = makeBetterAuth(database)
      await (await getMigrations(auth.options)).runMigrations()
      const signUp = async (name: string) =>
        (await auth.api.signUpEmail({ body: { name, email: `${name}@example.com`, password } })).user.id
      users = { alice: await signUp('alice'), bob: await signUp('bob'), carol: await signUp('carol') }
      app = await addApp(auth, 'bob@example.com')
      const { internalAdapter } = await auth.$context
      await internalAdapter.linkAccount({ userId: users.alice ?? '', providerId: 'github', accountId: '583231' })
      // A user who only ever signed in with another provider.
      const dora = await internalAdapter.createUser(
        { name: 'Dora', email: 'dora@example.com', emailVerified: true },
        { method: 'oauth', oauth: { providerId: 'google', profile: {} } },
      )
      await internalAdapter.linkAccount({ userId: dora.id, providerId: 'google', accountId: '1098' })
      for (const [name, ban] of [
        ['for good', { banned: true }],
        ['for now', { banned: true, banExpires: new Date(Date.now() + 24 * 60 * 60_000) }],
        ['until before', { banned: true, banExpires: new Date(Date.now() - 60_000) }],
      ] as const) {
        await internalAdapter.updateUser(await signUp(name.replace(' ', '-')), ban)
      }
    })

    it('keep their passwords, identities, authenticator apps and bans', async () => {
      const secretFile = join(old.cwd, 'better-auth.secret')
      writeFileSync(secretFile, `a secret of before\n${oldSecret}\n`)
      const { service, first, again, run, database } = await importBy(`better-auth, ${engine}`, old, {
        flags: betterAuthFlags.map((word) => (word.startsWith('-') ? word : join(old.cwd, word))),
        change: (query) => query.replace(/^ {2}'password_hash'/m, `  ${banned.get(engine)},\n$&`),
      })
      expect([first.stdout, first.stderr]).toEqual(['added 7, already there 0, refused 0\n', ''])
      expect(again.stdout).toBe('added 0, already there 7, refused 0\n')
      for (const [name, isDisabled] of [
        ['alice', false],
        ['for-good', true],
        ['for-now', true],
        ['until-before', false],
      ] as const) {
        const user = await service.auth.users.findByUsername(`${name}@example.com`)
        expect([name, user?.disabledAt !== null]).toEqual([name, isDisabled])
      }
      expect((await service.auth.users.findByUsername('alice@example.com'))?.id).toBe(users.alice)
      expect((await login(service, 'alice@example.com')).status).toBe(200)
      expect(await loginWithApp(service, 'bob@example.com', app)).toEqual(['403 mfa_required', 'in'])
      expect((await login(service, 'dora@example.com')).status).toBe(401)
      expect((await service.auth.users.findByUsername('dora@example.com'))?.emailVerifiedAt).toBeInstanceOf(Date)
      expect(await identitiesIn(database)).toEqual([
        ['google', 'https://accounts.google.com', '1098', null],
        ['github', 'https://github.com/login/oauth', '583231', null],
      ])
      // Without its secret, or with another one, no user loses the second factor.
      writeFileSync(secretFile, 'another')
      const elsewhere = { HALLPASS_DATABASE: `${database}-2`, HALLPASS_ENCRYPTION_SECRET: secret }
      for (const [flags, reason] of [
        [[], /totp: .*--better-auth-secret-file/],
        [['--better-auth-secret-file', secretFile], /totp: .*cannot decrypt/],
      ] as const) {
        const refused = await run([...flags, '--dry-run', '--database', database], elsewhere)
        expect([refused.stdout, refused.exitCode]).toEqual(['added 0, already there 6, refused 1\n', 1])
        expect(refused.stderr).toMatch(reason)
      }
    })
  })

  it('keep what Supabase has of them', async () => {
    const old = await postgres()
    await old.pool.query(supabaseTables)
    const { service, first, again, database } = await importBy('Supabase', old)
    expect(first.stdout).toBe('added 4, already there 0, refused 1\n')
    expect(first.stderr).toMatch(/^line 5: provider must be/)
    expect(again.stdout).toBe('added 0, already there 4, refused 1\n')
    expect(await loginWithApp(service, 'alice@example.com', seed)).toEqual(['403 mfa_required', 'in'])
    const { users } = service.auth
    expect((await users.findByUsername('banned@example.com'))?.disabledAt).toBeInstanceOf(Date)
    expect((await users.findByUsername('mailed@example.com'))?.emailVerifiedAt).toEqual(
      new Date('2024-03-01T12:00:00Z'),
    )
    expect(await identitiesIn(database)).toEqual([
      ['google', 'https://accounts.google.com', '1098', 'alice@gmail.com'],
      // One that the company runs itself: the same number is another person's at gitlab.com.
      ['gitlab', 'https://git.work.example', '42', 'bob@work.example'],
      ['github', 'https://github.com/login/oauth', '583231', 'bob@example.com'],
      ['microsoft', 'https://login.microsoftonline.com/a1b2/v2.0', 'AAAA-sub', 'bob@example.org'],
    ])
  })

  it('keep what Auth.js has of them', async () => {
    const old = await postgres()
    await old.pool.query(authJsTables)
    const { first, again, database } = await importBy('Auth.js', old)
    expect([first.stdout, first.exitCode]).toEqual(['added 2, already there 0, refused 1\n', 1])
    expect(first.stderr).toMatch(/password_hash: Missing/)
    expect(again.stdout).toBe('added 0, already there 2, refused 1\n')
    expect(await identitiesIn(database)).toEqual([
      ['google', 'https://accounts.google.com', '1098', 'alice@example.com'],
      ['gitlab', 'https://gitlab.com', '43', 'alice@example.com'],
      ['x', 'https://x.com', '42', 'alice@example.com'],
    ])
  })
})

/** Sets an app up as a browser does, and gives its first code. @returns Its secret, in base32. */
async function addApp(auth: BetterAuth, email: string): Promise<string> {
  const { headers: set } = await auth.api.signInEmail({ body: { email, password }, returnHeaders: true })
  const cookie = set
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const headers = new Headers({ cookie })
  const { totpURI } = (await auth.api.enableTwoFactor({ body: { password }, headers })) as { totpURI: string }
  const app = new URL(totpURI).searchParams.get('secret') ?? ''
  await auth.api.verifyTOTP({ body: { code: codeAt(app, Date.now() / 1000) }, headers })
  return app
}

type BetterAuth = ReturnType<typeof makeBetterAuth>
function makeBetterAuth(database: DatabaseSync | pg.Pool) {
  return betterAuth({
    secret: oldSecret,
    baseURL: 'http://localhost',
    database,
    emailAndPassword: { enabled: true },
    plugins: [twoFactor(), admin()],
  })
}

/** As Supabase keeps passwords. */
const bcryptHash = hashSync(password, 4)

/** The columns that the query reads, as the migrations of supabase/auth make them. */
const supabaseTables = `
CREATE SCHEMA auth;
CREATE TYPE auth.factor_type AS ENUM ('totp', 'webauthn', 'phone');
CREATE TYPE auth.factor_status AS ENUM ('unverified', 'verified');
CREATE TABLE auth.users (
  id uuid PRIMARY KEY, email varchar(255), encrypted_password varchar(255), email_confirmed_at timestamptz,
  banned_until timestamptz, deleted_at timestamptz, created_at timestamptz);
CREATE TABLE auth.identities (
  provider_id text NOT NULL, user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
  identity_data jsonb NOT NULL, provider text NOT NULL, id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  UNIQUE (provider_id, provider));
CREATE TABLE auth.mfa_factors (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
  friendly_name text, factor_type auth.factor_type NOT NULL, status auth.factor_status NOT NULL, secret text);
INSERT INTO auth.users VALUES
  ('00000000-0000-4000-8000-000000000001', 'alice@example.com', '${bcryptHash}', '2024-03-01 12:00:00+00', null, null, now()),
  ('00000000-0000-4000-8000-000000000002', 'bob@example.com', '', null, null, null, now()),
  ('00000000-0000-4000-8000-000000000003', 'mailed@example.com', null, '2024-03-01 12:00:00+00', '2024-01-01', null, now()),
  ('00000000-0000-4000-8000-000000000004', 'banned@example.com', '${bcryptHash}', null, '2999-01-01', null, now()),
  ('00000000-0000-4000-8000-000000000005', 'deleted@example.com', '${bcryptHash}', null, null, now(), now()),
  ('00000000-0000-4000-8000-000000000006', null, '', null, null, null, now()),
  ('00000000-0000-4000-8000-000000000007', 'saml@example.com', null, now(), null, null, now());
INSERT INTO auth.identities (user_id, provider, provider_id, identity_data) VALUES
  ('00000000-0000-4000-8000-000000000001', 'email', '00000000-0000-4000-8000-000000000001', '{"email": "alice@example.com"}'),
  ('00000000-0000-4000-8000-000000000001', 'google', '1098', '{"iss": "https://accounts.google.com", "email": "alice@gmail.com"}'),
  ('00000000-0000-4000-8000-000000000002', 'github', '583231', '{"iss": "https://api.github.com", "email": "bob@example.com"}'),
  ('00000000-0000-4000-8000-000000000002', 'azure', 'AAAA-sub', '{"iss": "https://login.microsoftonline.com/a1b2/v2.0", "email": "bob@example.org"}'),
  ('00000000-0000-4000-8000-000000000002', 'gitlab', '42', '{"iss": "https://git.work.example", "email": "bob@work.example"}'),
  ('00000000-0000-4000-8000-000000000007', 'sso:1d0d', 'saml', '{}');
INSERT INTO auth.mfa_factors (user_id, factor_type, status, secret) VALUES
  ('00000000-0000-4000-8000-000000000001', 'totp', 'verified', '${seed}'),
  ('00000000-0000-4000-8000-000000000001', 'phone', 'verified', null),
  ('00000000-0000-4000-8000-000000000002', 'totp', 'unverified', '${seed}');
`

/** As the documents of its adapter for PostgreSQL make them. */
const authJsTables = `
CREATE TABLE accounts (
  id SERIAL, "userId" INTEGER NOT NULL, type VARCHAR(255) NOT NULL, provider VARCHAR(255) NOT NULL,
  "providerAccountId" VARCHAR(255) NOT NULL, refresh_token TEXT, access_token TEXT, expires_at BIGINT, id_token TEXT,
  scope TEXT, session_state TEXT, token_type TEXT, PRIMARY KEY (id));
CREATE TABLE users (
  id SERIAL, name VARCHAR(255), email VARCHAR(255), "emailVerified" TIMESTAMPTZ, image TEXT, PRIMARY KEY (id));
INSERT INTO users (email, "emailVerified") VALUES
  ('alice@example.com', null), ('mailed@example.com', '2024-03-01 12:00:00+00'), ('neither@example.com', null);
INSERT INTO accounts ("userId", type, provider, "providerAccountId") VALUES
  (1, 'oidc', 'google', '1098'), (1, 'oauth', 'twitter', '42'), (1, 'oauth', 'gitlab', '43'),
  (2, 'email', 'nodemailer', 'mailed@example.com');
`
