import { createHmac, randomBytes } from 'node:crypto'
import { JwtManager } from 'hallpass'
import { type Auth, createAuth } from 'hallpass/auth'
import { testToken } from 'hallpass/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, frameworks, guarded, type Start, startHono } from './apps.ts'
import { type RawAnswer, type RawRequest, sendRaw } from './raw.ts'

const secret = randomBytes(32).toString('base64url')
const revoked = new Set<string | null>()
const jwt = new JwtManager({
  secret,
  tokenLocation: ['headers', 'cookies', 'query_string', 'json'],
  csrfCheckForm: true,
  trustedOrigins: ['https://page.example'],
  isRevoked: ({ jti }) => {
    if (jti === 'unknown') throw new Error('The list cannot be asked')
    return revoked.has(jti)
  },
})

const access = testToken(jwt, { identity: 'alice' })
const fresh = testToken(jwt, { identity: 'alice', fresh: true })
const refresh = testToken(jwt, { identity: 'alice', refresh: true })
const expired = testToken(jwt, { identity: 'alice', expiredSecondsAgo: 10 })
const admin = testToken(jwt, { identity: 'root', roles: ['admin'] })
const editor = testToken(jwt, { identity: 'eve', roles: ['editor', 'reader'] })
const scoped = testToken(jwt, { identity: 'alice', scope: 'orders:write orders:read' })
const reading = testToken(jwt, { identity: 'alice', scope: 'orders:read' })
const byPassword = testToken(jwt, { identity: 'alice', claims: { amr: ['pwd'], auth_time: Date.now() / 1000 } })
const byTwo = testToken(jwt, {
  identity: 'alice',
  claims: { amr: ['pwd', 'otp', 'mfa'], auth_time: Date.now() / 1000 },
})
const byTwoOnce = testToken(jwt, { identity: 'alice', claims: { amr: ['pwd', 'otp', 'mfa'], auth_time: 1 } })
const gone = testToken(jwt, { identity: 'alice' })
revoked.add(jwt.decodeToken(gone).jti)
const csrf = jwt.getCsrfToken(access)
const forged = `${access.slice(0, -4)}AAAA`
const unsigned = `${btoa('{"alg":"none"}').replace(/=+$/, '')}.${access.split('.')[1]}.`
const otherKey = (() => {
  const [head] = access.split('.') as [string]
  const signedPart = `${head}.${access.split('.')[1]}`
  return `${signedPart}.${createHmac('sha256', 'another').update(signedPart).digest('base64url')}`
})()

const bearer = (token: string): [string, string] => ['Authorization', `Bearer ${token}`]
const cookie = (token = access): [string, string] => ['Cookie', `__Host-access_token=${token}`]
const json: [string, string] = ['Content-Type', 'application/json']
const form: [string, string] = ['Content-Type', 'application/x-www-form-urlencoded']

type Row = [what: string, request: RawRequest]

const credentials: Row[] = [
  ['none', { path: '/guarded' }],
  ['a good token', { path: '/guarded', headers: [bearer(access)] }],
  ['a refresh token', { path: '/guarded', headers: [bearer(refresh)] }],
  ['one that has ended', { path: '/guarded', headers: [bearer(expired)] }],
  ['one that was revoked', { path: '/guarded', headers: [bearer(gone)] }],
  ['a revoked one, without a revocation check', { path: '/unrevoked', headers: [bearer(gone)] }],
  ['one that was changed', { path: '/guarded', headers: [bearer(forged)] }],
  ['one of another key', { path: '/guarded', headers: [bearer(otherKey)] }],
  ['one without a signature', { path: '/guarded', headers: [bearer(unsigned)] }],
  ['no token', { path: '/guarded', headers: [bearer('x')] }],
  ['9 kB', { path: '/guarded', headers: [bearer('x'.repeat(9000))] }],
  ['a scheme alone', { path: '/guarded', headers: [['Authorization', 'Bearer']] }],
  ['another scheme', { path: '/guarded', headers: [['Authorization', 'Basic YTpi']] }],
  ['two words', { path: '/guarded', headers: [['Authorization', `Bearer ${access} x`]] }],
  ['the scheme in capitals', { path: '/guarded', headers: [['AUTHORIZATION', `BEARER ${access}`]] }],
  ['the header twice', { path: '/guarded', headers: [bearer(access), bearer(admin)] }],
  ['the header twice, the same', { path: '/guarded', headers: [bearer(access), bearer(access)] }],
  [
    'the header twice, the first of another scheme',
    { path: '/guarded', headers: [['Authorization', 'Basic x'], bearer(access)] },
  ],
  ['a list', { path: '/guarded', headers: [['Authorization', `Bearer ${access}, Bearer ${admin}`]] }],
  ['one behind a proxy of 1996', { path: '/guarded', headers: [bearer(access)], version: '1.0' }],
  ['none, behind a proxy of 1996', { path: '/guarded', version: '1.0' }],
]

const options: Row[] = [
  ['an anonymous request to an optional route', { path: '/optional' }],
  ['a user on an optional route', { path: '/optional', headers: [bearer(access)] }],
  ['an invalid token on an optional route', { path: '/optional', headers: [bearer(forged)] }],
  ['an expired one on an optional route', { path: '/optional', headers: [bearer(expired)] }],
  ['the header twice on an optional route', { path: '/optional', headers: [bearer(access), bearer(admin)] }],
  ['a fresh one', { path: '/fresh', headers: [bearer(fresh)] }],
  ['one that is not fresh', { path: '/fresh', headers: [bearer(access)] }],
  ['a refresh token on its route', { path: '/refresh', headers: [bearer(refresh)] }],
  ['an access token in its place', { path: '/refresh', headers: [bearer(access)] }],
  ['either', { path: '/any', headers: [bearer(refresh)] }],
  ['the role', { path: '/role', headers: [bearer(admin)] }],
  ['another role', { path: '/role', headers: [bearer(editor)] }],
  ['no role', { path: '/role', headers: [bearer(access)] }],
  ['one of two roles', { path: '/roles', headers: [bearer(editor)] }],
  ['both scopes', { path: '/scope', headers: [bearer(scoped)] }],
  ['one scope of two', { path: '/scope', headers: [bearer(reading)] }],
  ['no scope', { path: '/scope', headers: [bearer(access)] }],
  ...['/factor', '/recent', '/factor-recently'].flatMap((path): Row[] => [
    [`a login without methods on ${path}`, { path, headers: [bearer(access)] }],
    [`a login with a password on ${path}`, { path, headers: [bearer(byPassword)] }],
    [`a login with two factors on ${path}`, { path, headers: [bearer(byTwo)] }],
    [`an old login with two factors on ${path}`, { path, headers: [bearer(byTwoOnce)] }],
  ]),
]

const places: Row[] = [
  ['a header on a route that reads only cookies', { path: '/cookies', headers: [bearer(access)] }],
  ['a cookie', { path: '/cookies', headers: [cookie()] }],
  ['a cookie on a route that reads only headers', { path: '/headers', headers: [cookie()] }],
  ['a cookie among others', { path: '/cookies', headers: [['Cookie', `a=b; __Host-access_token=${access}; c="d"`]] }],
  ['two lines of cookies', { path: '/cookies', headers: [['Cookie', 'a=b'], cookie()] }],
  [
    'the cookie twice',
    { path: '/cookies', headers: [['Cookie', `__Host-access_token=x; __Host-access_token=${access}`]] },
  ],
  ['an empty cookie', { path: '/cookies', headers: [['Cookie', '__Host-access_token=']] }],
  ['the query', { path: `/query?a=b&jwt=${access}` }],
  ['the query, twice', { path: `/query?jwt=${access}&jwt=x` }],
  ['the query, encoded', { path: `/query?%6a%77%74=${access.replace('.', '%2E')}` }],
  ['the query, empty', { path: '/query?jwt=' }],
  ['the query, broken', { path: '/query?jwt=%E0%A4%A' }],
  ['the query, which the route does not read', { path: `/headers?jwt=${access}` }],
  ['JSON', { method: 'POST', path: '/json', headers: [json], body: JSON.stringify({ access_token: access }) }],
  ['JSON without it', { method: 'POST', path: '/json', headers: [json], body: '{"a":1}' }],
  ['JSON with a number', { method: 'POST', path: '/json', headers: [json], body: '{"access_token":5}' }],
  ['JSON that is a list', { method: 'POST', path: '/json', headers: [json], body: '["access_token"]' }],
  ['JSON of another type', { method: 'POST', path: '/json', headers: [['Content-Type', 'text/plain']], body: '{}' }],
  ['no body on a route that reads JSON', { method: 'POST', path: '/json' }],
  ['GET on a route that reads JSON', { path: '/json' }],
  [
    'JSON, and the route reads it too',
    { method: 'POST', path: '/body', headers: [json], body: JSON.stringify({ access_token: access, n: [1] }) },
  ],
  ['every place, the cookie first', { method: 'GET', path: `/all?jwt=${admin}`, headers: [cookie(), bearer(admin)] }],
  ['every location, without a token', { path: '/all' }],
]

const inBody = JSON.stringify({ access_token: access })
const typed = (type: string, body: string, more: [string, string][] = []): RawRequest => ({
  method: 'POST',
  path: '/json',
  headers: [['Content-Type', type], ...more],
  body,
})
const bodies: Row[] = [
  ['JSON of a type made of JSON', typed('application/vnd.api+json', inBody)],
  ['JSON with its charset', typed('Application/JSON; charset="UTF-8"', inBody)],
  ['JSON with a parameter', typed('application/json; version=1', inBody)],
  ['150 kB of JSON', typed('application/json', JSON.stringify({ access_token: access, x: 'x'.repeat(150_000) }))],
  ['GET with JSON', { path: '/json', headers: [json], body: inBody }],
  ['the query behind two question marks', { path: `/query??jwt=${access}` }],
  ['the query, with an invalid host', { path: `/query?jwt=${access}`, host: '1.2.3.999' }],
]
/** Body parsers of the application answer these themselves, before any guard. */
const unparsed: Row[] = [
  ['JSON in latin1', typed('application/json; charset=latin1', inBody)],
  ['JSON in UTF-16, it says', typed('application/json; charset=utf-16', inBody)],
  ['JSON, packed, it says', typed('application/json', inBody, [['Content-Encoding', 'br']])],
]

const crossSite: Row[] = ['POST', 'PUT', 'PATCH', 'DELETE'].flatMap((method): Row[] => [
  [`${method} with a cookie alone`, { method, path: '/cookies', headers: [cookie()] }],
  [`${method} with its value`, { method, path: '/cookies', headers: [cookie(), ['X-CSRF-TOKEN', csrf]] }],
  [`${method} with another`, { method, path: '/cookies', headers: [cookie(), ['X-CSRF-TOKEN', 'x']] }],
  [
    `${method} with two values`,
    { method, path: '/cookies', headers: [cookie(), ['X-CSRF-TOKEN', csrf], ['X-CSRF-TOKEN', 'x']] },
  ],
  [
    `${method} from another site`,
    { method, path: '/cookies', headers: [cookie(), ['X-CSRF-TOKEN', csrf], ['Sec-Fetch-Site', 'cross-site']] },
  ],
  [
    `${method} from another origin`,
    { method, path: '/cookies', headers: [cookie(), ['X-CSRF-TOKEN', csrf], ['Origin', 'https://evil.example']] },
  ],
])

const listed: [string, string] = ['Origin', 'https://page.example']
const sameSite: [string, string] = ['Sec-Fetch-Site', 'same-site']
const listedForm: RawRequest = { method: 'POST', path: '/form', headers: [cookie(), form, listed] }

/** Requests from pages that cannot read the CSRF value. */
const origins: Row[] = (
  [
    ['of a listed origin', [listed]],
    ['of a listed origin, with another value', [listed, ['X-CSRF-TOKEN', 'x']]],
    ['of a listed origin, twice', [listed, listed, sameSite]],
    ['of a neighbour that is not listed', [['Origin', 'https://evil.page.example'], sameSite]],
    ['of no origin', [['Origin', 'null'], sameSite]],
  ] satisfies [string, [string, string][]][]
).map(([what, headers]) => [`POST ${what}`, { method: 'POST', path: '/cookies', headers: [cookie(), ...headers] }])

const forms: Row[] = [
  [
    'a form with its value',
    { method: 'POST', path: '/form', headers: [cookie(), form], body: `csrf_token=${csrf}&a=b` },
  ],
  ['a form without one, of a listed origin', { ...listedForm, body: 'a=b' }],
  ['a form with another, of a listed origin', { ...listedForm, body: 'csrf_token=x' }],
  ['a form with another', { method: 'POST', path: '/form', headers: [cookie(), form], body: 'csrf_token=x' }],
  ['a form without', { method: 'POST', path: '/form', headers: [cookie(), form], body: 'a=b' }],
  [
    'a form of 150 kB',
    { method: 'POST', path: '/form', headers: [cookie(), form], body: `a=${'x'.repeat(150_000)}&csrf_token=${csrf}` },
  ],
  [
    'a form of 1,500 fields',
    { method: 'POST', path: '/form', headers: [cookie(), form], body: `${'a=b&'.repeat(1500)}csrf_token=x` },
  ],
  [
    'the value in JSON, which is no form',
    { method: 'POST', path: '/form', headers: [cookie(), json], body: JSON.stringify({ csrf_token: csrf }) },
  ],
]

const others: Row[] = [
  ['cookies that are handed out', { path: '/set' }],
  ['cookies that are removed', { path: '/unset' }],
  ['a TokenError of the route', { path: '/decode' }],
]

const alice = JSON.stringify({ username: 'alice', password: 'wonderland at tea time' })
/** Requests to the mounted routes of `createAuth`. */
const mounted: Row[] = [
  ['a login', { method: 'POST', path: '/auth/login', headers: [json], body: alice }],
  ['a wrong password', { method: 'POST', path: '/auth/login', headers: [json], body: alice.replace('tea', 'ten') }],
  ['a member missing', { method: 'POST', path: '/auth/login', headers: [json], body: '{"username":"alice"}' }],
  [
    'a number for a name',
    { method: 'POST', path: '/auth/login', headers: [json], body: '{"username":1,"password":2}' },
  ],
  ['no body', { method: 'POST', path: '/auth/login', headers: [json] }],
  ['no content type', { method: 'POST', path: '/auth/login', body: alice }],
  [
    'a body of 20 kB',
    { method: 'POST', path: '/auth/login', headers: [json], body: `{"username":"${'x'.repeat(20_000)}"}` },
  ],
  ['no token at /me', { path: '/auth/me' }],
  ['a method that it does not have', { method: 'DELETE', path: '/auth/login' }],
  ['no credentials for /introspect', { method: 'POST', path: '/auth/introspect', headers: [form], body: 'token=x' }],
  [
    'a form for /revoke',
    { method: 'POST', path: '/auth/revoke', headers: [form], body: 'token=x&token_type_hint=refresh_token' },
  ],
  ['no token at /verify', { path: '/auth/verify' }],
]

/** Spellings of a guarded path. However a framework routes them, no anonymous request may reach the handler. */
const spellings = [
  '/guarded',
  '//guarded',
  '/guarded/',
  '/%67uarded',
  '/guarded%2f',
  '/GUARDED',
  '/./guarded',
  '/x/../guarded',
  '/guarded;a=b',
  '/guarded?',
  '/guarded%00',
  '\\guarded',
]

/** The application of a framework, with an account. */
async function startApp(start: Start): Promise<App> {
  const auth = await createAuth({
    database: 'sqlite::memory:',
    secret,
    passwords: { memoryKiB: 64, passes: 1 },
  })
  await auth.users.add(JSON.parse(alice))
  const app = await start({ jwt, auth, tokens: () => ({ access, refresh }) })
  return {
    port: app.port,
    async close() {
      await app.close()
      await auth.close()
    },
  }
}

let reference: App
beforeAll(async () => {
  reference = await startApp(startHono)
})
afterAll(() => reference?.close())

const answers = new Map<RawRequest, Promise<RawAnswer>>()
/**
 * Hono's answer. It is asked once for all frameworks: otherwise, half of all requests would repeat the same to it. After a
 * failure it is asked again, so that one lost connection fails one row.
 */
function expected(request: RawRequest): Promise<RawAnswer> {
  const known = answers.get(request)
  if (known !== undefined) return known
  const answer = sendRaw(reference.port, request)
  answers.set(request, answer)
  answer.catch(() => answers.delete(request))
  return answer
}

describe.each(Object.entries(frameworks))('%s', (name, start) => {
  let app: App

  beforeAll(async () => {
    app = await startApp(start)
  })
  afterAll(() => app?.close())

  const ofCookies = [...crossSite, ...origins, ...forms]
  const always = [...credentials, ...options, ...places, ...bodies, ...ofCookies, ...others, ...mounted]
  const rows = name.includes('parsers before') ? always : [...always, ...unparsed]
  it.each(rows)('answers %s as Hono does, to the byte', async (_what, request) => {
    expect(shown(await sendRaw(app.port, request))).toEqual(shown(await expected(request)))
  })

  it('lets no anonymous request through, however the path is spelt', async () => {
    for (const path of spellings) {
      const { status, body } = await sendRaw(app.port, { path })
      expect(status, `${name} ${path}`).toBeGreaterThanOrEqual(400)
      expect(body).not.toContain('identity')
    }
  })

  it('answers 404 for a path that is not a route', async () => {
    expect((await sendRaw(app.port, { path: '/auth/nothing' })).status).toBe(404)
  })

  it('lets OPTIONS pass as anonymous', async () => {
    const answer = await sendRaw(app.port, { method: 'OPTIONS', path: '/guarded' })
    expect(answer.body).toBe('{"identity":null,"location":null}')
  })

  it('answers HEAD as GET, without a body', async () => {
    const { status, headers, body } = await sendRaw(app.port, { method: 'HEAD', path: '/guarded' })
    expect([status, headers['www-authenticate'], body]).toEqual([401, 'Bearer', ''])
  })

  it('guards each of its routes', async () => {
    for (const path of Object.keys(guarded).filter((one) => one !== '/optional')) {
      expect((await sendRaw(app.port, { path })).status, path).toBe(401)
    }
  })
})

describe.each(Object.entries(frameworks))('%s, with cookies that renew themselves', (_name, start) => {
  const ended = new Set<string | null>()
  const renewing = new JwtManager({
    secret,
    tokenLocation: ['cookies', 'headers'],
    renewCookiesWithinSeconds: 100_000,
    isRevoked: async ({ jti }) => ended.has(jti),
  })
  let app: App
  let auth: Auth
  beforeAll(async () => {
    auth = await createAuth({ database: 'sqlite::memory:', secret })
    app = await start({ jwt: renewing, auth, tokens: () => ({ access, refresh }) })
  })
  afterAll(async () => {
    await app?.close()
    await auth?.close()
  })
  const token = testToken(renewing, { identity: 'alice' })
  const names = (cookies: readonly string[]) => cookies.map((line) => line.split('=')[0])

  it('sets new ones on a successful answer, and on no other', async () => {
    const renewed = await sendRaw(app.port, { path: '/cookies', headers: [cookie(token)] })
    expect([renewed.status, names(renewed.cookies)]).toEqual([200, ['__Host-access_token', '__Host-csrf_access_token']])
    expect(renewed.headers['cache-control']).toBe('no-store')
    const next = renewed.cookies[0]?.split(';')[0]?.replace('__Host-access_token=', '') as string
    expect(renewing.decodeToken(next).jti).not.toBe(renewing.decodeToken(token).jti)
    for (const headers of [[], [bearer(token)], [cookie(`${token}x`)]]) {
      expect((await sendRaw(app.port, { path: '/all', headers })).cookies).toEqual([])
    }
    ended.add(renewing.decodeToken(token).jti)
    const refused = await sendRaw(app.port, { path: '/cookies', headers: [cookie(token)] })
    expect([refused.status, refused.cookies]).toEqual([401, []])
  })
})

/** The parts of an answer that must be equal. The tokens and ids of a login differ each time. */
function shown({ status, headers, cookies, body }: RawAnswer) {
  const stable = body.replace(/"(access|refresh|device)_token":"[^"]+"/g, '"$1_token":"…"')
  return {
    status,
    cookies,
    body: stable,
    challenge: headers['www-authenticate'],
    cache: headers['cache-control'],
    allow: headers.allow,
    // The framework decides the type of a route's own answer.
    type: status >= 400 || body.startsWith('{"access_token"') ? headers['content-type'] : undefined,
  }
}
