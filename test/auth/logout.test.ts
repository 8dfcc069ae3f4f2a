import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.ts'
import { password, type Reply, refusal, type Service, startService, type Tokens } from './service.ts'

/** A client that is logged in, with tokens and, another time, with cookies. */
interface LoggedIn {
  readonly tokens: Tokens
  readonly cookies: Readonly<Record<string, string>>
}

const removed = ['__Host-access_token', '__Host-csrf_access_token', '__Host-refresh_token', '__Host-csrf_refresh_token']
const csrf = ({ cookies }: LoggedIn, kind: string) => ({ 'x-csrf-token': cookies[`__Host-csrf_${kind}_token`] ?? '' })

/** What the access token is when the client logs out. */
const states: [what: string, spoil: (service: Service) => Promise<void>][] = [
  ['valid', async () => {}],
  [
    'expired',
    async (service) => {
      service.elapsed += 1000
    },
  ],
  ['of a key that was revoked', ({ auth }) => revokeKey(auth)],
  [
    'of a key that is gone by its age',
    async (service) => {
      await service.auth.keyRing?.rotate()
      service.elapsed += 3 * 24 * 60 * 60
      await service.auth.keyRing?.refresh()
    },
  ],
]

async function revokeKey({ jwt, keyRing }: Service['auth']): Promise<void> {
  await keyRing?.revoke(jwt.keys.signing.kid)
}

/** What the request carries, and whether it names the session also where the access token cannot be read. */
const ways: [what: string, always: boolean, request: (client: LoggedIn) => object, of: 'tokens' | 'cookies'][] = [
  ['the refresh token', true, ({ tokens }) => ({ body: { refresh_token: tokens.refresh_token } }), 'tokens'],
  [
    'both tokens',
    true,
    ({ tokens }) => ({ body: { refresh_token: tokens.refresh_token }, token: tokens.access_token }),
    'tokens',
  ],
  ['the access token', false, ({ tokens }) => ({ token: tokens.access_token }), 'tokens'],
  [
    'a refresh token of nothing, and the access token',
    false,
    ({ tokens }) => ({ body: { refresh_token: 'hp_rt_' }, token: tokens.access_token }),
    'tokens',
  ],
  ['all cookies', true, (client) => ({ headers: { cookie: header(client), ...csrf(client, 'access') } }), 'cookies'],
  [
    'the cookies, and the value of the refresh token',
    true,
    (client) => ({ headers: { cookie: header(client, '__Host-access_token'), ...csrf(client, 'refresh') } }),
    'cookies',
  ],
  [
    'the cookies, and the access token of nothing',
    true,
    (client) => ({ headers: { cookie: header(client), ...csrf(client, 'refresh') }, token: 'e30.e30.e30' }),
    'cookies',
  ],
]

function header({ cookies }: LoggedIn, without?: string): string {
  return Object.entries(cookies)
    .filter(([name]) => name !== without)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
}

function cookiesOf({ headers }: Reply): Record<string, string> {
  return Object.fromEntries(headers.getSetCookie().map((line) => (line.split(';')[0] ?? '').split('=')))
}

describe.each(databases)('logout on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  let count = 0
  beforeAll(async () => {
    test = await open()
    const keyRing = { encryptionSecret: 'a secret of the ring, of 32 bytes or more' }
    service = await startService(test.url, { secret: undefined, keyRing })
  })
  afterAll(async () => {
    await service.auth.close()
    await test.drop()
  })

  async function newcomer(): Promise<LoggedIn> {
    const username = `user ${count++}`
    const tokens = await service.newcomer(username)
    const login = { username, password, cookies: true }
    return { tokens, cookies: cookiesOf(await service.call('POST', '/auth/login', { body: login })) }
  }
  const refresh = ({ tokens, cookies }: LoggedIn, of: 'tokens' | 'cookies') => {
    const refresh_token = of === 'tokens' ? tokens.refresh_token : cookies['__Host-refresh_token']
    return service.call('POST', '/auth/refresh', { body: { refresh_token } })
  }

  describe.each(states)('with an access token that is %s', (state, spoil) => {
    const isReadable = !state.startsWith('of a key')

    it.each(ways)('and %s in the request', async (_what, always, request, of) => {
      const client = await newcomer()
      await spoil(service)
      const reply = await service.call('POST', '/auth/logout', request(client))
      const works = isReadable || always
      expect(reply.status === 204 ? '204' : refusal(reply)).toBe(works ? '204' : '401 token_key_unknown')
      expect(Object.entries(cookiesOf(reply))).toEqual(removed.map((name) => [name, '']))
      const after = await refresh(client, of)
      expect(after.status === 200 ? '200' : refusal(after)).toBe(works ? '401 refresh_token_invalid' : '200')
    })
  })

  const refusals: [what: string, request: (client: LoggedIn) => object, code: string, removes: boolean][] = [
    ['nothing', () => ({}), '401 token_missing', false],
    ['no value', (client) => ({ headers: { cookie: header(client) } }), '403 csrf_missing', false],
    [
      'another value',
      (client) => ({ headers: { cookie: header(client), 'x-csrf-token': 'another' } }),
      '403 csrf_mismatch',
      false,
    ],
    [
      'the value of the refresh token, for the access token of another site’s',
      (client) => ({
        headers: { cookie: header(client), ...csrf(client, 'access'), 'sec-fetch-site': 'cross-site' },
      }),
      '403 cross_site_refused',
      false,
    ],
    [
      'no access cookie, and its value',
      (client) => ({ headers: { cookie: header(client, '__Host-access_token'), ...csrf(client, 'access') } }),
      '403 csrf_mismatch',
      false,
    ],
    ['a token of nothing', () => ({ token: 'e30.e30.e30' }), '401 token_algorithm_refused', true],
  ]
  it.each(refusals)('is refused with %s', async (_what, request, code, removes) => {
    const client = await newcomer()
    const reply = await service.call('POST', '/auth/logout', request(client))
    expect(refusal(reply)).toBe(code)
    expect(reply.headers.getSetCookie()).toHaveLength(removes ? 4 : 0)
    expect((await refresh(client, 'cookies')).status).toBe(200)
  })

  it('of an application’s own token ends nothing, and is no fault', async () => {
    const { tokens } = await newcomer()
    const token = service.auth.jwt.createAccessToken(service.auth.jwt.decodeToken(tokens.access_token).sub ?? '')
    expect((await service.call('POST', '/auth/logout', { token })).status).toBe(204)
    expect((await service.call('GET', '/auth/me', { token: tokens.access_token })).status).toBe(200)
  })

  it('is not needed after a refresh that a client makes because its key is gone', async () => {
    const { tokens } = await newcomer()
    await revokeKey(service.auth)
    const me = (token: string) => service.call('GET', '/auth/me', { token })
    expect(refusal(await me(tokens.access_token))).toMatch(/^401 token_(?:key_unknown|revoked)$/)
    service.elapsed += 1000
    expect(refusal(await me(tokens.access_token))).toBe('401 token_expired')
    const { body } = await service.call('POST', '/auth/refresh', { body: { refresh_token: tokens.refresh_token } })
    expect((await me(body.access_token as string)).status).toBe(200)
  })
})
