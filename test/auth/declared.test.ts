import { randomUUID } from 'node:crypto'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { declaredCodes } from '../../src/routes/http/declared-codes.ts'
import { endpoints } from '../../src/routes/index.ts'
import { DeclaredAnswers, signed } from './declared.ts'
import { type Call, password, type Reply, type Service, start, startService, type Tokens } from './service.ts'

const form = (fields: Record<string, string> | string): Call => ({
  body: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})
const outcomeOf = ({ status, body }: Reply) => String(status < 400 ? status : body.code)

describe('what endpoints declare', () => {
  let service: Service
  let closed: Service
  let strict: Service
  let busy: Service
  let declared: DeclaredAnswers
  let client: { readonly id: string; readonly secret: string }
  let document: Record<string, unknown>
  let count = 0
  beforeAll(async () => {
    const tokens = { issuer: 'https://id.example', audience: 'shop' }
    service = await startService('sqlite::memory:', tokens)
    closed = await startService('sqlite::memory:', { registration: 'closed' })
    strict = await startService('sqlite::memory:', { limits: { attemptsPerAccount: 1, registrationsPerAddress: 1 } })
    busy = await startService('sqlite::memory:', {
      passwords: { memoryKiB: 16_384, passes: 2, hashesAtOnce: 1, hashQueue: 1 },
    })
    client = await service.auth.clients.add('shop')
    document = (await service.call('GET', '/openapi.json')).body
    declared = new DeclaredAnswers(document)
  })
  afterAll(async () => {
    for (const one of [service, closed, strict, busy]) await one.auth.close()
  })

  const named = () => `user${count++}`
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
  const never = '01a2097a-4775-7927-b3ee-e7e2b8ae2143'

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
  async function last(calls: number, send: () => Promise<Reply>): Promise<Reply> {
    for (let i = 1; i < calls; i++) await send()
    return send()
  }
  async function refusedOf(send: () => Promise<Reply>): Promise<Reply> {
    const replies = await Promise.all(Array.from({ length: 24 }, send))
    return replies.find(({ status }) => status === 503) as Reply
  }
  const wrong = 'not the password of anyone'

  type Row = readonly [id: string, outcome: string, send: () => Promise<Reply> | Reply]
  const post = async (path: string, call: Call | Promise<Call>) => service.call('POST', `/auth${path}`, await call)
  const get = async (path: string, call: Call | Promise<Call> = {}) => service.call('GET', `/auth${path}`, await call)

  const rows: Row[] = [
    ['register', '201', () => post('/register', { body: { username: named(), password, email: 'a@example.com' } })],
    ['register', 'username_taken', () => last(2, () => post('/register', { body: { username: 'anna', password } }))],
    [
      'register',
      'email_taken',
      () => last(2, () => post('/register', { body: { username: named(), password, email: 'b@example.com' } })),
    ],
    [
      'register',
      'registration_closed',
      () => closed.call('POST', '/auth/register', { body: { username: 'anna', password } }),
    ],
    [
      'register',
      'rate_limited',
      () => last(2, () => strict.call('POST', '/auth/register', { body: { username: named(), password } })),
    ],
    [
      'register',
      'overloaded',
      () => refusedOf(() => busy.call('POST', '/auth/register', { body: { username: named(), password } })),
    ],
    ['me', '200', async () => get('/me', { token: await access() })],
    ['me', 'user_not_found', () => get('/me', { token: own() })],
    [
      'login',
      '200',
      async () => {
        const username = named()
        await service.newcomer(username)
        return post('/login', { body: { username, password } })
      },
    ],
    ['login', 'invalid_credentials', () => post('/login', { body: { username: named(), password } })],
    [
      'login',
      'rate_limited',
      () => last(3, () => strict.call('POST', '/auth/login', { body: { username: 'anna', password: wrong } })),
    ],
    [
      'login',
      'overloaded',
      () => refusedOf(() => busy.call('POST', '/auth/login', { body: { username: 'anna', password: wrong } })),
    ],
    [
      'login',
      'cross_site_refused',
      () =>
        post('/login', {
          body: { username: 'anna', password, cookies: true },
          headers: { 'sec-fetch-site': 'cross-site' },
        }),
    ],
    ['refresh', '200', async () => post('/refresh', withCookies('refresh'))],
    ['refresh', 'refresh_token_invalid', () => post('/refresh', { body: { refresh_token: 'hp_rt_x' } })],
    ['refresh', 'token_missing', () => post('/refresh', {})],
    ['refresh', 'csrf_missing', () => post('/refresh', withoutValue('refresh'))],
    ['refresh', 'csrf_mismatch', () => post('/refresh', withCookies('refresh', { 'x-csrf-token': 'another' }))],
    [
      'refresh',
      'cross_site_refused',
      () => post('/refresh', withCookies('refresh', { 'sec-fetch-site': 'cross-site' })),
    ],
    ['logout', '204', async () => post('/logout', { token: await access() })],
    ['logout', 'token_missing', () => post('/logout', {})],
    ['logout', 'token_key_unknown', () => post('/logout', { token: own({}, { kid: 'another' }) })],
    ['logout', 'csrf_missing', () => post('/logout', withoutValue('refresh'))],
    ['logout', 'csrf_mismatch', () => post('/logout', withCookies('refresh', { 'x-csrf-token': 'another' }))],
    ['logout', 'cross_site_refused', () => post('/logout', withCookies('refresh', { 'sec-fetch-site': 'cross-site' }))],
    ['reauthenticate', '200', async () => post('/reauthenticate', { token: await access(), body: { password } })],
    ['reauthenticate', 'session_required', () => post('/reauthenticate', { token: own(), body: { password } })],
    [
      'reauthenticate',
      'invalid_credentials',
      async () => post('/reauthenticate', { token: await access(), body: { password: wrong } }),
    ],
    [
      'reauthenticate',
      'rate_limited',
      async () => {
        const token = await newcomerOf(strict)
        return last(3, () => strict.call('POST', '/auth/reauthenticate', { token, body: { password: wrong } }))
      },
    ],
    [
      'reauthenticate',
      'overloaded',
      async () => {
        const token = await newcomerOf(busy)
        return refusedOf(() => busy.call('POST', '/auth/reauthenticate', { token, body: { password } }))
      },
    ],
    ['changePassword', '204', async () => post('/password', { token: await access(), body: change(password) })],
    [
      'changePassword',
      'invalid_credentials',
      async () => post('/password', { token: await access(), body: change(wrong) }),
    ],
    [
      'changePassword',
      'token_not_fresh',
      async () => post('/password', { token: await stale(), body: change(password) }),
    ],
    [
      'changePassword',
      'rate_limited',
      async () => {
        const token = await newcomerOf(strict)
        return last(3, () => strict.call('POST', '/auth/password', { token, body: change(wrong) }))
      },
    ],
    [
      'changePassword',
      'overloaded',
      async () => {
        const token = await newcomerOf(busy)
        return refusedOf(() => busy.call('POST', '/auth/password', { token, body: change(wrong) }))
      },
    ],
    ['listSessions', '200', async () => get('/sessions', { token: await access() })],
    ['listSessions', 'invalid_request', async () => get('/sessions?limit=0', { token: await access() })],
    [
      'endSession',
      '204',
      async () => {
        const token = await access()
        const { sid } = service.auth.jwt.decodeToken(token)
        return service.call('DELETE', `/auth/sessions/${sid}`, { token })
      },
    ],
    [
      'endSession',
      'session_not_found',
      async () => service.call('DELETE', `/auth/sessions/${never}`, { token: await access() }),
    ],
    ['endOtherSessions', '204', async () => service.call('DELETE', '/auth/sessions', { token: await access() })],
    ['verify', '200', async () => get('/verify', { token: await access() })],
    ['verify', 'token_missing', () => get('/verify')],
    ['verify', 'token_expired', () => get('/verify', { token: own({ exp: start }) })],
    [
      'verify',
      'token_revoked',
      async () => {
        const token = await access()
        await post('/logout', { token })
        return get('/verify', { token })
      },
    ],
    ['verify', 'csrf_missing', () => get('/verify', withoutValue('access'))],
    ['verify', 'csrf_mismatch', () => get('/verify', withCookies('access', { 'x-csrf-token': 'another' }))],
    ['verify', 'cross_site_refused', () => get('/verify', withCookies('access', { 'sec-fetch-site': 'cross-site' }))],
    ['verify', 'revocation_unknown', () => withoutDatabase('/auth/verify')],
    ['introspect', '200', async () => post('/introspect', byClient(form({ token: await access() })))],
    ['introspect', 'invalid_client', () => post('/introspect', form({ token: 'x' }))],
    ['introspect', 'form_invalid', () => post('/introspect', byClient(form('token=a&token=b')))],
    ['revoke', '200', () => post('/revoke', form({ token: 'x' }))],
    ['revoke', 'invalid_client', () => post('/revoke', form({ token: 'x', client_id: never, client_secret: 'x' }))],
    ['revoke', 'form_invalid', () => post('/revoke', form({ token: '' }))],
    ['revocations', '200', () => get('/revocations', byClient())],
    ['revocations', 'invalid_client', () => get('/revocations')],
    ['checkRevocation', '200', () => post('/revocations/check', byClient({ body: { jti: 'x' } }))],
    ['checkRevocation', 'invalid_client', () => post('/revocations/check', { body: {} })],
  ]

  const change = (current_password: string) => ({ current_password, new_password: 'quite another password' })
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

  it.each(rows)('of %s comes true: %s', async (id, outcome, send) => {
    const reply = await send()
    expect([outcomeOf(reply), declared.faultsOf(id, reply)]).toEqual([outcome, []])
  })

  it('is each answer and each refusal of the table above', () => {
    const all = endpoints.flatMap(({ id, answers, refusals }) =>
      [...Object.keys(answers), ...refusals].map((outcome) => `${id} ${outcome}`),
    )
    expect(rows.map(([id, outcome]) => `${id} ${outcome}`).sort()).toEqual(all.sort())
  })

  /** What follows from a guard, a body or a query: of each endpoint that has one. */
  const implied: [code: string, call: () => Call | Promise<Call>][] = [
    ['token_missing', () => ({})],
    ['credentials_malformed', () => ({ headers: { authorization: 'Bearer a b' } })],
    ['token_malformed', () => ({ token: 'a' })],
    ['token_too_large', () => ({ token: own({ long: 'x'.repeat(20_000) }) })],
    ['token_header_refused', () => ({ token: own({}, { crit: ['x'] }) })],
    ['token_algorithm_refused', () => ({ token: own({}, { alg: 'HS512' }) })],
    ['token_key_unknown', () => ({ token: own({}, { kid: 'another' }) })],
    ['token_signature_invalid', () => ({ token: own().replace(/[^.]+$/, 'A'.repeat(43)) })],
    ['token_claim_missing', () => ({ token: own({ sub: undefined }) })],
    ['token_claim_invalid', () => ({ token: own({ exp: 'x' }) })],
    ['token_typ_mismatch', () => ({ token: own({}, { typ: 'dpop+jwt' }) })],
    ['token_issuer_mismatch', () => ({ token: own({ iss: 'https://other.example' }) })],
    ['token_audience_mismatch', () => ({ token: own({ aud: 'other' }) })],
    ['token_not_yet_valid', () => ({ token: own({ nbf: start + 60 }) })],
    ['token_expired', () => ({ token: own({ exp: start }) })],
    ['token_type_mismatch', () => ({ token: own({ type: 'refresh' }, { typ: 'rt+jwt' }) })],
    ['csrf_missing', () => withoutValue('access')],
    ['csrf_mismatch', () => withCookies('access', { 'x-csrf-token': 'another' })],
    ['cross_site_refused', () => withCookies('access', { 'sec-fetch-site': 'cross-site' })],
    ['invalid_json', async () => ({ ...(await admitted()), body: '{"a":1,"a":2}' })],
    ['invalid_request', async () => ({ ...(await admitted()), body: [] })],
    ['unsupported_media_type', async () => ({ ...(await admitted()), body: 'x', headers: { 'content-type': 'x/y' } })],
    ['body_too_large', async () => ({ ...(await admitted()), body: { long: 'x'.repeat(20_000) } })],
  ]
  const admitted = async (): Promise<Call> => ({ token: await access() })

  it.each(implied)('also comes true of a guarded endpoint with a body: %s', async (code, call) => {
    const reply = await post('/reauthenticate', call())
    expect([outcomeOf(reply), declared.faultsOf('reauthenticate', reply)]).toEqual([code, []])
  })

  const ofForms: [code: string, call: () => Call][] = [
    ['unsupported_media_type', () => byClient({ body: { token: 'x' } })],
    ['body_too_large', () => byClient(form({ token: 'x'.repeat(20_000) }))],
    ['form_invalid', () => byClient(form({}))],
  ]
  it.each(ofForms)('also comes true of a form: %s', async (code, call) => {
    const reply = await post('/introspect', call())
    expect([outcomeOf(reply), declared.faultsOf('introspect', reply)]).toEqual([code, []])
  })

  it('is nothing else for such an endpoint, but for trouble of our own and of the connection', () => {
    const ofRows = rows.flatMap(([id, outcome]) => (id === 'reauthenticate' && outcome !== '200' ? [outcome] : []))
    const elsewhere = ['token_revoked', 'revocation_unknown', 'connection_lost', 'host_invalid', 'unavailable']
    const [endpoint] = endpoints.filter(({ id }) => id === 'reauthenticate')
    expect(endpoint && [...declaredCodes(endpoint)].sort()).toEqual(
      [...new Set([...ofRows, ...implied.map(([code]) => code), ...elsewhere, 'internal_error'])].sort(),
    )
  })

  it('has a name for each endpoint, and a schema for each parameter of its path', () => {
    expect(declared.ids.sort()).toEqual(endpoints.map(({ id }) => id).sort())
    for (const { id, path, params } of endpoints) {
      const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
      expect([id, Object.keys(params?.shape ?? {})]).toEqual([id, names])
    }
  })

  it('holds of an account that kept the id of another system', async () => {
    await service.auth.users.importAll([{ id: 42, username: 'imported', plainPassword: password }])
    const token = (await service.auth.startSession('42')).accessToken
    const reply = await get('/me', { token })
    expect([reply.body.id, declared.faultsOf('me', reply)]).toEqual(['42', []])
  })

  it('is an OpenAPI document that a linter has nothing to say of, with a configured issuer or without', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] })
    const lint = (one: object) =>
      lintFromString({ source: JSON.stringify(one), absoluteRef: 'openapi.json', config }).then((problems) =>
        problems.map(({ ruleId, message }) => `${ruleId}: ${message}`),
      )
    expect(await lint(document)).toEqual([])
    expect(await lint((await closed.call('GET', '/openapi.json')).body)).toEqual([])
    expect(await lint({ ...document, servers: [] })).not.toEqual([])
  })
})
