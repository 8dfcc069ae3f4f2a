import { randomUUID } from 'node:crypto'
import type { Database } from '../../src/store/engine/database.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { openSqliteFile, type TestDatabase } from '../databases.ts'
import { signed } from './declared.ts'
import { type Call, password, type Reply, type Service, start, startService, type Tokens } from './service.ts'

/** Services that differ in their options, and requests to the first of them. */
export interface World {
  open(): Promise<void>
  close(): Promise<void>
  readonly service: Service
  /** Takes no registrations. */
  readonly closed: Service
  /** Delays at the first wrong attempt. */
  readonly strict: Service
  /** Demands a verified address, and a second factor of administrators. */
  readonly demanding: Service
  /** Registers there, with an address that is verified. @returns The name. */
  verified(about?: { readonly roles?: string[]; readonly factors?: number; readonly email?: string }): Promise<string>
  /** There, the address of a user is no longer verified. */
  unverify(username: string): Promise<void>
  /** Hashes one password at a time, and one may wait. */
  readonly busy: Service
  /** A name that no one has. */
  named(): string
  byClient(call?: Call): Call
  /** A fresh access token, and one that is not. */
  access(): Promise<string>
  stale(): Promise<string>
  /** A token without a session, with claims and header members that it says. */
  own(claims?: object, header?: object): string
  withCookies(kind: 'access' | 'refresh', headers?: Record<string, string>): Promise<Call>
  withoutValue(kind: 'access' | 'refresh'): Promise<Call>
  post(path: string, call: Call | Promise<Call>): Promise<Reply>
  get(path: string, call?: Call | Promise<Call>): Promise<Reply>
  newcomerOf(other: Service): Promise<string>
  withoutDatabase(path: string): Promise<Reply>
}

export function form(fields: Record<string, string> | string): Call {
  return {
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }
}

/** What a browser says of a listed page on another site. */
export const crossSite = { origin: 'https://page.example', 'sec-fetch-site': 'cross-site' }

export const wrong = 'not the password of anyone'

/** No session, and no client. */
export const never = '01a2097a-4775-7927-b3ee-e7e2b8ae2143'

export function change(current_password: string): object {
  return { current_password, new_password: 'quite another password' }
}

export async function last(calls: number, send: () => Promise<Reply>): Promise<Reply> {
  for (let i = 1; i < calls; i++) await send()
  return send()
}

/** The first of many at once that finds no place to wait. */
export async function refusedOf(send: () => Promise<Reply>): Promise<Reply> {
  const replies = await Promise.all(Array.from({ length: 24 }, send))
  return replies.find(({ status }) => status === 503) as Reply
}

export function makeWorld(): World {
  let service: Service
  let closed: Service
  let strict: Service
  let busy: Service
  let demanding: Service
  let demandingDatabase: Database
  let file: TestDatabase
  let client: { readonly id: string; readonly secret: string }
  let count = 0

  async function open(): Promise<void> {
    const corsOrigins = [crossSite.origin]
    service = await startService('sqlite::memory:', { issuer: 'https://id.example', audience: 'shop', corsOrigins })
    closed = await startService('sqlite::memory:', { registration: 'closed' })
    strict = await startService('sqlite::memory:', { limits: { attemptsPerAccount: 1, registrationsPerAddress: 1 } })
    file = await openSqliteFile()
    demanding = await startService(file.url, { requireVerifiedEmail: true, mfaRoles: ['admin'] })
    demandingDatabase = await openDatabase(file.url)
    busy = await startService('sqlite::memory:', {
      passwords: { memoryKiB: 16_384, passes: 2, hashesAtOnce: 1, hashQueue: 1 },
    })
    client = await service.auth.clients.add('shop')
  }
  async function close(): Promise<void> {
    await demandingDatabase.close()
    for (const one of [service, closed, strict, busy, demanding]) await one.auth.close()
    await file.drop()
  }

  const named = () => `user${count++}`
  const verified: World['verified'] = async ({ roles = [], factors = 0, email } = {}) => {
    const username = named()
    const user = await demanding.auth.users.add({
      username,
      password,
      roles,
      email: email ?? `${username}@example.com`,
    })
    await demandingDatabase.sql
      .updateTable('hallpass_users')
      .set({ email_verified_at: start * 1000, second_factors: factors })
      .where('id', '=', user.id)
      .execute()
    return username
  }
  const unverify: World['unverify'] = async (username) => {
    const { sql } = demandingDatabase
    await sql.updateTable('hallpass_users').set({ email_verified_at: null }).where('username', '=', username).execute()
  }
  const basic = () => ({ authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` })
  const byClient = ({ headers, ...call }: Call = {}): Call => ({ ...call, headers: { ...headers, ...basic() } })
  const newcomer = (): Promise<Tokens> => service.newcomer(named())
  const access = async () => (await newcomer()).access_token
  const stale = async () => {
    const { refresh_token } = await newcomer()
    return (await service.call('POST', '/auth/refresh', { body: { refresh_token } })).body.access_token as string
  }
  const own = (claims: object = {}, header?: object) => {
    const times = { iat: start, nbf: start, exp: start + 900 }
    const rest = { iss: 'https://id.example', aud: 'shop', sub: randomUUID(), jti: randomUUID(), type: 'access' }
    return signed({ ...rest, ...times, fresh: true, csrf: 'value', ...claims }, header)
  }
  async function cookies(): Promise<Record<string, string>> {
    const username = named()
    await service.newcomer(username)
    const { headers } = await service.call('POST', '/auth/login', { body: { username, password, cookies: true } })
    return Object.fromEntries(headers.getSetCookie().map((line) => (line.split(';')[0] ?? '').split('=')))
  }
  async function withCookies(kind: 'access' | 'refresh', headers: Record<string, string> = {}): Promise<Call> {
    const kept = await cookies()
    const value = kept[`__Host-csrf_${kind}_token`] ?? ''
    const cookie = Object.entries(kept).map((pair) => pair.join('='))
    return { headers: { cookie: cookie.join('; '), 'x-csrf-token': value, ...headers } }
  }
  async function withoutValue(kind: 'access' | 'refresh'): Promise<Call> {
    const { headers: { 'x-csrf-token': _, ...headers } = {} } = await withCookies(kind)
    return { headers }
  }
  const post = async (path: string, call: Call | Promise<Call>) => service.call('POST', `/auth${path}`, await call)
  const get = async (path: string, call: Call | Promise<Call> = {}) => service.call('GET', `/auth${path}`, await call)

  const newcomerOf = async (other: Service) => {
    const user = await other.auth.users.add({ username: named(), password })
    return (await other.auth.startSession(user.id)).accessToken
  }
  /** A token that the journal does not answer for, when the database is gone. */
  async function withoutDatabase(path: string): Promise<Reply> {
    const gone = await startService('sqlite::memory:')
    const token = gone.auth.jwt.createAccessToken('anna', { expiresInSeconds: 10 * 366 * 24 * 60 * 60 })
    await gone.auth.close()
    return gone.call('GET', path, { token })
  }

  return {
    open,
    close,
    get service() {
      return service
    },
    get closed() {
      return closed
    },
    get strict() {
      return strict
    },
    get busy() {
      return busy
    },
    get demanding() {
      return demanding
    },
    verified,
    unverify,
    named,
    byClient,
    access,
    stale,
    own,
    withCookies,
    withoutValue,
    post,
    get,
    newcomerOf,
    withoutDatabase,
  }
}
