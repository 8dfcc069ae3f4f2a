import { change, crossSite, form, last, never, refusedOf, type World, wrong } from './declared-world.ts'
import { password, type Reply, start } from './service.ts'

export type Row = readonly [id: string, outcome: string, send: () => Promise<Reply>]

/** A request for each answer and each refusal that an endpoint declares by itself. */
export function rowsOf(world: World): Row[] {
  const { named, access, stale, own, byClient, withCookies, withoutValue, post, get } = world
  const { newcomerOf, withoutDatabase, verified } = world
  const logIn = (username: string) => world.demanding.call('POST', '/auth/login', { body: { username, password } })
  return [
    ['register', '201', () => post('/register', { body: { username: named(), password, email: 'a@example.com' } })],
    ['register', 'username_taken', () => last(2, () => post('/register', { body: { username: 'anna', password } }))],
    [
      'register',
      'email_taken',
      async () => {
        const email = 'b@example.com'
        await verified({ email })
        return world.demanding.call('POST', '/auth/register', { body: { username: named(), password, email } })
      },
    ],
    [
      'register',
      'registration_closed',
      () => world.closed.call('POST', '/auth/register', { body: { username: 'anna', password } }),
    ],
    [
      'register',
      'rate_limited',
      () => last(2, () => world.strict.call('POST', '/auth/register', { body: { username: named(), password } })),
    ],
    [
      'register',
      'overloaded',
      () => refusedOf(() => world.busy.call('POST', '/auth/register', { body: { username: named(), password } })),
    ],
    ['me', '200', async () => get('/me', { token: await access() })],
    ['me', 'user_not_found', () => get('/me', { token: own() })],
    [
      'login',
      '200',
      async () => {
        const username = named()
        await world.service.newcomer(username)
        return post('/login', { body: { username, password } })
      },
    ],
    [
      'login',
      'email_not_verified',
      async () => {
        const username = named()
        await world.demanding.call('POST', '/auth/register', {
          body: { username, email: `${username}@mail.example`, password },
        })
        return logIn(username)
      },
    ],
    ['login', 'mfa_required', async () => logIn(await verified({ factors: 1 }))],
    ['login', 'mfa_enrollment_required', async () => logIn(await verified({ roles: ['admin'] }))],
    ['login', 'invalid_credentials', () => post('/login', { body: { username: named(), password } })],
    [
      'login',
      'rate_limited',
      () => last(3, () => world.strict.call('POST', '/auth/login', { body: { username: 'anna', password: wrong } })),
    ],
    [
      'login',
      'overloaded',
      () => refusedOf(() => world.busy.call('POST', '/auth/login', { body: { username: 'anna', password: wrong } })),
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
    [
      'login',
      'cookies_cross_site',
      () => post('/login', { body: { username: 'anna', password, cookies: true }, headers: crossSite }),
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
        const token = await newcomerOf(world.strict)
        return last(3, () => world.strict.call('POST', '/auth/reauthenticate', { token, body: { password: wrong } }))
      },
    ],
    [
      'reauthenticate',
      'overloaded',
      async () => {
        const token = await newcomerOf(world.busy)
        return refusedOf(() => world.busy.call('POST', '/auth/reauthenticate', { token, body: { password } }))
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
        const token = await newcomerOf(world.strict)
        return last(3, () => world.strict.call('POST', '/auth/password', { token, body: change(wrong) }))
      },
    ],
    [
      'changePassword',
      'overloaded',
      async () => {
        const token = await newcomerOf(world.busy)
        return refusedOf(() => world.busy.call('POST', '/auth/password', { token, body: change(wrong) }))
      },
    ],
    ['listSessions', '200', async () => get('/sessions', { token: await access() })],
    ['listSessions', 'invalid_request', async () => get('/sessions?limit=0', { token: await access() })],
    [
      'endSession',
      '204',
      async () => {
        const token = await access()
        const { sid } = world.service.auth.jwt.decodeToken(token)
        return world.service.call('DELETE', `/auth/sessions/${sid}`, { token })
      },
    ],
    [
      'endSession',
      'session_not_found',
      async () => world.service.call('DELETE', `/auth/sessions/${never}`, { token: await access() }),
    ],
    ['endOtherSessions', '204', async () => world.service.call('DELETE', '/auth/sessions', { token: await access() })],
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
}
