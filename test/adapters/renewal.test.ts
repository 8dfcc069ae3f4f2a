import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type RequestHandler } from 'express'
import { importKey, JwtManager, type JwtManagerOptions, KeySet } from 'hallpass'
import { jwtRequired } from 'hallpass/express'
import { Refusal, renewCookies, requestGuard } from 'hallpass/node'
import { testToken } from 'hallpass/testing'
import * as onWeb from 'hallpass/web'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { sendRaw } from './raw.ts'

const load = createRequire(import.meta.url)
const compression: () => RequestHandler = load('compression')
const session: (options: object) => RequestHandler = load('express-session')

const secret = 'a secret of more than thirty-two bytes, for tests alone'
const now = 1_800_000_000
const running: Server[] = []
afterEach(() => {
  for (const server of running.splice(0)) server.close().closeAllConnections()
})

async function listen(server: Server): Promise<number> {
  running.push(server)
  if (!server.listening) await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Cookies by their names. */
function valuesOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => (line.split(';')[0] ?? '').split('=') as [string, string]))
}

describe.each([false, true])('behind a guard that renews, with an asynchronous callback: %s', (isLater) => {
  const jwt = new JwtManager({
    secret,
    tokenLocation: 'cookies',
    renewCookiesWithinSeconds: 100_000,
    isRevoked: isLater ? () => sleep(2).then(() => false) : () => false,
  })
  const cookie: [string, string] = ['Cookie', `__Host-access_token=${testToken(jwt, { identity: 'alice' })}`]
  const zip: [string, string] = ['Accept-Encoding', 'gzip']
  const keep = () => session({ secret: 'x', resave: false, saveUninitialized: true })

  const stacks: [what: string, middleware: () => RequestHandler[]][] = [
    ['compression', () => [jwtRequired(jwt), compression()]],
    ['compression before it', () => [compression(), jwtRequired(jwt)]],
    ['express-session', () => [jwtRequired(jwt), keep()]],
    ['both', () => [jwtRequired(jwt), compression(), keep()]],
    ['both, the other way round', () => [keep(), jwtRequired(jwt), compression(), keep(), compression()]],
    ['another guard', () => [jwtRequired(jwt), compression(), jwtRequired(jwt)]],
  ]
  it.each(stacks)('%s sends what the route answers, and the new cookies once', async (_what, middleware) => {
    const app = express()
    const tell: RequestHandler = (req, res) =>
      req.path === '/json' ? res.json({ text: 'x'.repeat(5000) }) : res.end('small')
    app.get(['/json', '/small'], middleware(), tell)
    const port = await listen(app.listen(0, '127.0.0.1'))
    const small = await sendRaw(port, { path: '/small', headers: [cookie] })
    expect([small.status, small.body]).toEqual([200, 'small'])
    const large = await sendRaw(port, { path: '/json', headers: [cookie, zip] })
    expect(large.headers['content-encoding']).toBe(`${middleware}`.includes('compression') ? 'gzip' : undefined)
    for (const { cookies } of [small, large]) {
      const names = cookies.map((line) => line.split('=')[0]).filter((name) => name !== 'connect.sid')
      expect(names).toEqual(['__Host-access_token', '__Host-csrf_access_token'])
    }
  })
})

describe('a renewed token', () => {
  function make(options: Partial<JwtManagerOptions> = {}): JwtManager {
    const keys = options.keys === undefined ? { secret } : {}
    return new JwtManager({
      ...keys,
      tokenLocation: 'cookies',
      renewCookiesWithinSeconds: 1000,
      clock: () => now,
      ...options,
    })
  }
  /** The cookies that the response to a request with this token sets. */
  async function renewed(jwt: JwtManager, token: string): Promise<string[]> {
    const name = jwt.settings.accessCookieName
    const handle = onWeb.jwtRequired(jwt)(() => new Response('in'))
    const answer = await handle(new Request('https://app.example/', { headers: { cookie: `${name}=${token}` } }))
    expect(answer.status).toBe(200)
    return answer.headers.getSetCookie()
  }
  async function successor(jwt: JwtManager, token: string) {
    const next = valuesOf(await renewed(jwt, token))[jwt.settings.accessCookieName] as string
    return jwt.verify(next)
  }

  const rows: [what: string, options: Partial<JwtManagerOptions>, claims: object, headers: Record<string, string>][] = [
    ['claims', {}, { roles: ['admin'], tenant: 't' }, {}],
    ['its audience', { decodeAudience: ['web', 'app'], encodeAudience: 'web' }, { aud: 'app' }, {}],
    ['its issuer', { decodeIssuer: ['https://a.example', 'https://b.example'] }, { iss: 'https://b.example' }, {}],
    ['an issuer in place of the own', { encodeIssuer: 'a', decodeIssuer: ['a', 'b'] }, { iss: 'b' }, {}],
    ['members of its header', {}, {}, { jku: 'https://a.example/keys', tenant: 't' }],
    ['its typ and its type, with the flask preset', { preset: 'flask' }, { type: 'session' }, { typ: 'app' }],
  ]
  it.each(rows)('keeps %s', async (_what, options, additionalClaims, { jku, ...additionalHeaders }) => {
    const jwt = make(options)
    const headers = { ...additionalHeaders, ...(jku !== undefined && { jku }) }
    const token = jwt.createAccessToken('alice', {
      additionalClaims: { ...additionalClaims },
      additionalHeaders: headers,
    })
    const before = jwt.verify(token)
    const { claims, header } = await successor(jwt, token)
    const { jku: _, ...kept } = before.header
    expect(header).toEqual(kept)
    const { jti, csrf, iat, nbf, exp, ...others } = claims
    const { jti: oldJti, csrf: oldCsrf, iat: __, nbf: ___, exp: ____, ...oldOthers } = before.claims
    expect(others).toEqual(oldOthers)
    expect([jti === oldJti, csrf === oldCsrf]).toEqual([false, false])
  })

  it('lives as long as the previous one', async () => {
    const jwt = make()
    const { claims } = await successor(jwt, jwt.createAccessToken('alice', { expiresInSeconds: 600 }))
    expect(claims.exp).toBe(now + 600)
  })

  it('is kept as long as the manager or its claim states', async () => {
    const jwt = make({ sessionCookie: false, persistentCookieSeconds: 5000, cookieDomain: 'app.example' })
    const lines = await renewed(jwt, jwt.createAccessToken('alice'))
    for (const line of lines) expect(line).toMatch(/; Domain=app.example; .*Max-Age=5000;/)
    const forgotten = jwt.createAccessToken('alice', { additionalClaims: { remember: false } })
    for (const line of await renewed(jwt, forgotten)) expect(line).not.toContain('Max-Age')
  })

  it('is signed by the key that verified the previous one', async () => {
    const [one, other] = [importKey({ secret }), importKey({ secret: secret.toUpperCase() })]
    const jwt = make({ verifyingKeyFor: ({ tenant }) => (tenant === 'other' ? other : one) })
    const signing = make({ secret: secret.toUpperCase() })
    const token = signing.createAccessToken('alice', { additionalClaims: { tenant: 'other' } })
    expect((await successor(jwt, token)).claims.tenant).toBe('other')
  })

  it('is the one that the application issues', async () => {
    const jwt: JwtManager = make({
      signingKeyFor: () => importKey({ secret }),
      renewToken: async ({ identity }) => (identity === 'alice' ? jwt.createAccessToken('alice of now') : undefined),
    })
    expect((await successor(jwt, jwt.createAccessToken('alice'))).identity).toBe('alice of now')
    expect(await renewed(jwt, jwt.createAccessToken('bob'))).toEqual([])
  })

  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signing = importKey({ privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) })
  const verifying = importKey({ publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }) })

  const refused: [what: string, options: () => Partial<JwtManagerOptions>][] = [
    ['there is a key for each identity', () => ({ signingKeyFor: () => importKey({ secret }) })],
    ['its keys only verify', () => ({ keys: new KeySet([verifying]) })],
    ['its keys are of another issuer', () => ({ keys: KeySet.remote('https://id.example/jwks.json') })],
  ]
  it.each(refused)('is refused at construction if %s', (_what, options) => {
    expect(() => make(options())).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    const others = options()
    make({ ...others, renewToken: () => undefined }).keys.close()
  })

  const failing: [
    what: string,
    options: Partial<JwtManagerOptions>,
    token: (jwt: JwtManager) => string,
    why: RegExp,
  ][] = [
    [
      'its application fails',
      { renewToken: () => Promise.reject(new Error('away')) },
      (jwt) => jwt.createAccessToken('alice'),
      /away/,
    ],
    ['its application returns no token', { renewToken: () => 'x' }, (jwt) => jwt.createAccessToken('alice'), /./],
    [
      'it is too long for a cookie',
      {},
      (jwt) => jwt.createAccessToken('alice', { additionalClaims: { text: 'x'.repeat(3200) } }),
      /Browsers drop/,
    ],
    [
      'the key that verifies it cannot sign',
      { verifyingKeyFor: () => verifying },
      () => make({ keys: new KeySet([signing]) }).createAccessToken('alice'),
      /sign/,
    ],
  ]
  it.each(failing)('is not set if %s: this is reported, and the answer is sent', async (_what, options, token, why) => {
    const faults: Error[] = []
    const jwt = make({ ...options, onFault: (error) => void faults.push(error as Error) })
    expect(await renewed(jwt, token(jwt))).toEqual([])
    expect(faults.map(({ message, cause }) => `${message}: ${(cause as Error).message}`)).toEqual([
      expect.stringMatching(why),
    ])
  })

  it('is not set if the revocation check fails only then, and this is reported', async () => {
    const faults: unknown[] = []
    let asked = 0
    const isRevoked = () => {
      asked += 1
      if (asked > 1) throw new Error('away')
      return false
    }
    const jwt = make({ isRevoked, onFault: (error) => void faults.push(error) })
    expect(await renewed(jwt, jwt.createAccessToken('alice'))).toEqual([])
    expect(faults).toHaveLength(1)
  })

  const listeners: [how: string, onFault: () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('no log: throws')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('no log: rejects'))],
  ]
  it.each(listeners)('if it cannot be set and onFault %s, the answer is sent', async (how, onFault) => {
    const warnings: string[] = []
    const heard = ({ message }: Error) => void warnings.push(message)
    process.on('warning', heard)
    const renewToken = () => Promise.reject(new Error('away'))
    const jwt = make({ renewToken, onFault } as Parameters<typeof make>[0])
    expect(await renewed(jwt, jwt.createAccessToken('alice'))).toEqual([])
    await vi.waitFor(() => expect(warnings).toContain(`Error: no log: ${how}`), 120_000)
    process.off('warning', heard)
  })

  it('is set on the response of a guard without a handler', async () => {
    const jwt = make()
    const headers = { cookie: `__Host-access_token=${jwt.createAccessToken('alice')}` }
    const known = await onWeb.requestGuard(jwt)(new Request('https://app.example/', { headers }))
    if (known instanceof Response) throw new Error('refused')
    expect((await onWeb.renewCookies(new Response('in'), jwt, known)).headers.getSetCookie()).toHaveLength(2)
    const others = [
      onWeb.renewCookies(new Response('in'), jwt, undefined),
      onWeb.renewCookies(Response.error(), jwt, known),
    ]
    for (const response of await Promise.all(others)) expect(response.headers.getSetCookie()).toEqual([])
  })
})

it('cookies that could not be renewed are refused when they are set', () => {
  const jwt = new JwtManager({
    secret,
    tokenLocation: 'cookies',
    renewCookiesWithinSeconds: 60,
    cookieDomain: 'a.example',
  })
  const token = jwt.createAccessToken('alice')
  for (const options of [{ domain: 'b.example' }, { maxAgeSeconds: 60 }]) {
    expect(() => jwt.accessCookies(token, options)).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  }
  for (const options of [{ domain: 'a.example' }, { maxAgeSeconds: 0 }, {}]) jwt.accessCookies(token, options)
  jwt.unsetAccessCookies({ domain: 'b.example' })
})

it('bare node:http renews with one line', async () => {
  const jwt = new JwtManager({ secret, tokenLocation: 'cookies', renewCookiesWithinSeconds: 100_000 })
  const guard = requestGuard(jwt)
  const server = createServer(async (req, res) => {
    const known = await guard(req)
    if (known instanceof Refusal) return known.send(res)
    res.setHeader('Set-Cookie', 'a=b')
    await renewCookies(res, jwt, known)
    res.end(known.identity)
  })
  const port = await listen(server.listen(0, '127.0.0.1'))
  const cookie: [string, string] = ['Cookie', `__Host-access_token=${testToken(jwt, { identity: 'alice' })}`]
  const answer = await sendRaw(port, { path: '/', headers: [cookie] })
  expect([answer.body, Object.keys(valuesOf(answer.cookies))]).toEqual([
    'alice',
    ['a', '__Host-access_token', '__Host-csrf_access_token'],
  ])
  expect(await sendRaw(port, { path: '/' })).toMatchObject({ status: 401, cookies: [] })
})
