import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createGuard } from '../../src/guard/authenticate.ts'
import type { Database } from '../../src/store/engine/database.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { advanceSessions } from '../../src/store/sessions/sessions.ts'
import { updateUser } from '../../src/store/users/users.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { password, type Reply, type Service, startService, type Tokens } from './service.ts'

/** How often each pair is run: each time the two begin a little earlier or later. */
const rounds = 3
/** A commit takes so long, with all that it has locked. */
const slowMilliseconds = 40

/** What one node changed is known at the other within moments; it is asked often, and long enough for a busy machine. */
const patience = { timeout: 600_000, interval: 5 }

/** A user before the change, and what they are logged in with. */
interface Subject {
  readonly id: string
  readonly username: string
  readonly tokens: Tokens
  readonly cookies: Readonly<Record<string, string>>
}

/** What came of an issuer: nothing, where it refused. */
interface Issued {
  readonly access: string
  readonly refresh: string
}

/** What must be true of what was issued, when both are done. */
type Outcome =
  /** It says the new roles, or is refused; the session goes on. */
  | 'new roles'
  /** Refused, all of it. */
  | 'refused'
  /** One came after the other: all of it is valid, or none. */
  | 'either'
  /** Not signed with the revoked key, or refused; the session goes on. */
  | 'another key'

const oldRoles = ['admin']
const newRoles = ['reader']

const changes: [what: string, change: (on: Service, subject: Subject) => Promise<unknown>][] = [
  ['roles', ({ auth }, { id }) => auth.users.setRoles(id, newRoles)],
  ['disable', ({ auth }, { id }) => auth.users.disable(id)],
  ['enable', ({ auth }, { id }) => auth.users.enable(id)],
  ['delete', ({ auth }, { id }) => auth.users.delete(id)],
  ['password', ({ auth }, { id }) => auth.users.setPassword(id, 'what the operator chose')],
  ['sessions ended', ({ auth }, { id }) => auth.sessions.endAll(id)],
  ['key revoked', ({ auth }) => auth.keyRing?.revoke(auth.jwt.keys.signing.kid) ?? Promise.resolve()],
]

const issuers: [what: string, issue: (on: Service, subject: Subject) => Promise<Issued | undefined>][] = [
  ['login', async (on, { username }) => issuedBy(await logIn(on, username))],
  ['refresh', async (on, { tokens }) => issuedBy(await refresh(on, tokens.refresh_token))],
  [
    'reauthenticate',
    async (on, { tokens }) => {
      const again = { token: tokens.access_token, body: { password } }
      return issuedBy(await on.call('POST', '/auth/reauthenticate', again), tokens.refresh_token)
    },
  ],
  [
    'password',
    async (on, { cookies }) => {
      const headers = {
        cookie: Object.entries(cookies)
          .map(([name, value]) => `${name}=${value}`)
          .join('; '),
        'x-csrf-token': cookies['__Host-csrf_access_token'] ?? '',
      }
      const body = { current_password: password, new_password: 'what the user chose' }
      const reply = await on.call('POST', '/auth/password', { headers, body })
      const access_token = cookiesOf(reply)['__Host-access_token']
      return issuedBy({ ...reply, body: { access_token } }, cookies['__Host-refresh_token'])
    },
  ],
  [
    'startSession',
    async (on, { id }) => {
      const started = await on.auth.startSession(id).catch((error) => {
        expect(error).toMatchObject({ code: 'invalid_credentials' })
        return undefined
      })
      return started && { access: started.accessToken, refresh: started.refreshToken }
    },
  ],
]

/** What a pair comes to. An issuer that asks for no password, or begins a session, may come after the change. */
function outcomeOf(change: string, issuer: string): Outcome {
  if (change === 'roles') return 'new roles'
  if (change === 'key revoked') return 'another key'
  if (change === 'enable') return 'either'
  if (change === 'password' && issuer === 'startSession') return 'either'
  if (change === 'sessions ended' && (issuer === 'startSession' || issuer === 'login')) return 'either'
  return 'refused'
}

const logIn = (on: Service, username: string, body: object = {}) =>
  on.call('POST', '/auth/login', { body: { username, password, ...body } })
const refresh = (on: Service, refresh_token: string) => on.call('POST', '/auth/refresh', { body: { refresh_token } })

function issuedBy({ status, body }: Reply, refresh = body.refresh_token): Issued | undefined {
  expect([200, 204, 401]).toContain(status)
  return status === 401 ? undefined : { access: body.access_token as string, refresh: refresh as string }
}

function cookiesOf({ headers }: Reply): Record<string, string> {
  return Object.fromEntries(headers.getSetCookie().map((line) => (line.split(';')[0] ?? '').split('=')))
}

/** Whether a route lets a token through: by what is in memory, or by the database. */
async function accepts({ auth }: Service, token: string, options: { revocation?: 'strict' }): Promise<boolean> {
  const guard = createGuard(auth.jwt, options)
  try {
    await guard({
      method: 'GET',
      header: (name) => (name === 'authorization' ? `Bearer ${token}` : undefined),
      query: () => undefined,
      json: async () => undefined,
      formField: async () => undefined,
    })
    return true
  } catch (error) {
    expect(['token_revoked', 'token_key_unknown']).toContain((error as { code?: string }).code)
    return false
  }
}

describe.each(databases)('on $name, on two nodes', ({ name, open }) => {
  let test: TestDatabase
  let one: Service
  let other: Service
  let count = 0
  let hold: () => Promise<void> = async () => {}
  let setPace: (milliseconds: number) => Promise<void> = async () => {}
  let release = async () => {}

  beforeAll(async () => {
    test = await open()
    const keyRing = { encryptionSecret: 'a secret of the ring, of 32 bytes or more' }
    // A hash that takes some time: what happens during it is the race.
    const passwords = { memoryKiB: 1024, passes: 1 }
    const options = { secret: undefined, keyRing, passwords, clock: () => Date.now() / 1000 }
    one = await startService(test.url, options)
    other = await startService(test.url, options)
    if (name === 'SQLite') {
      const writer = new DatabaseSync(test.url.slice('sqlite:'.length))
      // Both wait for it to write, and go on at once.
      hold = async () => {
        writer.exec('BEGIN IMMEDIATE')
        await sleep(slowMilliseconds)
        writer.exec('COMMIT')
      }
      release = async () => writer.close()
    } else {
      const database = await openDatabase(test.url)
      await addSlowTriggers(database)
      setPace = async (milliseconds) =>
        void (await sql`UPDATE pace SET milliseconds = ${milliseconds}`.execute(database.sql))
      release = () => database.close()
    }
  })
  afterAll(async () => {
    await release()
    await Promise.all([one.auth.close(), other.auth.close()])
    await test.drop()
  })

  /** Made at full speed: what follows is slow. */
  async function newcomer(): Promise<Subject> {
    await setPace(0)
    const username = `user ${count++}`
    const { id } = await one.auth.users.add({ username, password, roles: oldRoles })
    const tokens = (await logIn(one, username)).body as unknown as Tokens
    const cookies = cookiesOf(await logIn(one, username, { cookies: true }))
    await setPace(slowMilliseconds)
    return { id, username, tokens, cookies }
  }

  async function check({ access, refresh: token }: Issued, outcome: Outcome, revokedKid: string): Promise<void> {
    const { header, claims } = decode(access)
    const isRight =
      outcome === 'new roles'
        ? JSON.stringify(claims.roles) === JSON.stringify(newRoles)
        : outcome === 'another key'
          ? header.kid !== revokedKid
          : outcome === 'either'
    const routes = [one, other].flatMap((node) =>
      [{}, { revocation: 'strict' as const }].map((options) => () => accepts(node, access, options)),
    )
    const ask = () => Promise.all(routes.map((route) => route()))
    await vi.waitFor(async () => expect(await ask()).toEqual(Array(4).fill((await ask())[3])), patience)
    const isAccepted = (await ask())[3]
    expect(isAccepted && !isRight).toBe(false)
    const again = await refresh(other, token)
    if (outcome === 'either') expect(again.status).toBe(isAccepted ? 200 : 401)
    else expect(again.status).toBe(outcome === 'refused' ? 401 : 200)
    if (outcome === 'new roles') expect(decode(again.body.access_token as string).claims.roles).toEqual(newRoles)
    if (again.status === 200) expect(await accepts(other, again.body.access_token as string, {})).toBe(true)
  }

  it('roles that are committed while a refresh waits for the session are in its token', async () => {
    const { id, tokens } = await newcomer()
    const database = await openDatabase(test.url)
    const refreshing = await database.transaction(async (trx) => {
      await updateUser(trx, id, { roles: newRoles }, new Date())
      await advanceSessions(trx, { userId: id })
      const reply = refresh(one, tokens.refresh_token)
      await sleep(5 * slowMilliseconds)
      return { reply }
    })
    await database.close()
    const { claims } = decode((await refreshing.reply).body.access_token as string)
    expect(claims).toMatchObject({ roles: newRoles, gen: 2 })
  })

  describe.each(changes)('%s', (what, change) => {
    it.each(issuers)('during %s', async (issuer, issue) => {
      for (let round = 0; round < rounds; round++) {
        const subject = await newcomer()
        if (what === 'enable') await one.auth.users.disable(subject.id)
        const { kid } = other.auth.jwt.keys.signing
        const holding = hold()
        const [issued] = await Promise.all([
          sleep(Math.random() * 3 * slowMilliseconds).then(() => issue(one, subject)),
          sleep(Math.random() * slowMilliseconds).then(() => change(other, subject)),
          holding,
        ])
        if (issued !== undefined) await check(issued, outcomeOf(what, issuer), kid)
      }
    })
  })
})

function decode(token: string): { header: Record<string, unknown>; claims: Record<string, unknown> } {
  const [header = {}, claims = {}] = token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
  return { header, claims }
}

/** Between the user and the sessions, and before the commit, with everything locked that was changed. */
async function addSlowTriggers({ sql: db }: Database): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db)
  await run('CREATE TABLE pace (milliseconds INTEGER NOT NULL)')
  await run('INSERT INTO pace VALUES (0)')
  await run(`CREATE FUNCTION slow() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(milliseconds / 1000.0) FROM pace; RETURN NULL; END $$`)
  await run('CREATE TRIGGER slow AFTER UPDATE ON hallpass_users FOR EACH STATEMENT EXECUTE FUNCTION slow()')
  for (const [table, event] of [
    ['hallpass_sessions', 'INSERT OR UPDATE OF generation, revoked_at'],
    ['hallpass_signing_keys', 'UPDATE OF state'],
  ]) {
    await run(`CREATE CONSTRAINT TRIGGER slow AFTER ${event} ON ${table}
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`)
  }
}
