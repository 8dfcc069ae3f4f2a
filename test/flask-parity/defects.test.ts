import { generateKeyPairSync } from 'node:crypto'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { jwtRequired } from '../../src/adapters/hono.ts'
import {
  type Authenticated,
  ConfigurationError,
  createGuard,
  type GuardOptions,
  JwtManager,
  type JwtManagerOptions,
  type RequestView,
  TokenError,
  type TokenLocation,
} from '../../src/index.ts'
import { compact, secret } from './tokens.ts'

/** What Flask-JWT-Extended does and hallpass does not copy: neither by default nor with the flask preset. */

const now = 1_795_392_000
const presets = ['default', 'flask'] as const
type PresetName = (typeof presets)[number]

function make(preset: PresetName, options: Partial<JwtManagerOptions<unknown, unknown>> = {}) {
  return new JwtManager<unknown, unknown>({ secret, preset, clock: () => now, ...options })
}

/** Claims that both presets accept, and the header that the default asks for. */
const whole = { sub: 'alice', type: 'access', fresh: false, jti: 'one', csrf: 'value', iat: now, exp: now + 900 }
const header = JSON.stringify({ alg: 'HS256', typ: 'at+jwt' })

function signedWith(claims: object): string {
  return compact(header, JSON.stringify({ ...whole, ...claims }))
}

function codeOf(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    if (error instanceof TokenError || error instanceof ConfigurationError) return error.code
    throw error
  }
  return 'accepted'
}

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Asks the guard of one route, as an adapter does. */
async function ask(jwt: JwtManager<unknown, unknown>, options: GuardOptions, sent: Sent): Promise<unknown> {
  const request: RequestView = {
    method: sent.method ?? 'GET',
    header: (name) => sent.headers?.[name],
    query: () => undefined,
    json: async () => sent.body,
    formField: async () => undefined,
  }
  try {
    const who: Authenticated<unknown, string | number> | undefined = await createGuard(jwt, options)(request)
    return who?.identity ?? 'nobody'
  } catch (error) {
    if (error instanceof TokenError) return error.code
    throw error
  }
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

describe.each(presets)('with the %s preset', (preset) => {
  const jwt = make(preset)

  describe('construction refuses', () => {
    const pem = generateKeyPairSync('ec', {
      namedCurve: 'prime256v1',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    const cases: [what: string, options: Partial<JwtManagerOptions<unknown, unknown>>, code: string][] = [
      ['an access token life of 0, which would be for ever', { accessTokenSeconds: 0 }, 'option_invalid'],
      ['a refresh token life of 0', { refreshTokenSeconds: 0 }, 'option_invalid'],
      ['a public key as the secret', { secret: pem.publicKey }, 'key_kind_mismatch'],
      ['a private key as the secret', { secret: pem.privateKey }, 'key_kind_mismatch'],
      ['an empty secret', { secret: '' }, 'key_too_weak'],
      ['a short secret', { secret: 'super-secret' }, 'key_too_weak'],
      ['no secret', { secret: undefined }, 'key_invalid'],
      ['an empty cookie domain', { cookieDomain: '' }, 'option_invalid'],
      ['an unknown SameSite', { cookieSameSite: 'Sometimes' as 'Lax' }, 'option_invalid'],
      ['an empty header name', { headerName: '' }, 'option_invalid'],
      ['no location', { tokenLocation: [] }, 'option_invalid'],
      ['a set of locations', { tokenLocation: new Set(['headers']) as unknown as TokenLocation[] }, 'option_invalid'],
    ]
    it.each(cases)('%s', (_what, options, code) => {
      expect(codeOf(() => make(preset, options))).toBe(code)
    })

    it('and names every mistake at once', () => {
      const mistakes = { accessTokenSeconds: 0, headerName: '', csrfMethods: 'POST' as unknown as string[] }
      const named = expect.stringMatching(/accessTokenSeconds.*headerName.*csrfMethods/)
      expect(() => make(preset, mistakes)).toThrow(expect.objectContaining({ message: named }))
    })

    it.each([
      ['an unknown location on a route', ['nowhere']],
      ['a set of locations on a route', new Set(['headers'])],
      ['no location on a route', []],
    ])('%s', (_what, locations) => {
      expect(codeOf(() => createGuard(jwt, { locations: locations as TokenLocation[] }))).toBe('option_invalid')
    })
  })

  describe('creation refuses', () => {
    const cases: [what: string, action: () => unknown, code: string][] = [
      ['a number as the identity', () => jwt.createAccessToken(5), 'identity_invalid'],
      ['null as the identity', () => jwt.createRefreshToken(null), 'identity_invalid'],
      ['an object as the identity', () => jwt.createAccessToken({ id: 5 }), 'identity_invalid'],
      ['a life of 0', () => jwt.createAccessToken('a', { expiresInSeconds: 0 }), 'option_invalid'],
      ['freshness for 0 seconds', () => jwt.createAccessToken('a', { fresh: { seconds: 0 } }), 'option_invalid'],
      ['another alg', () => jwt.createAccessToken('a', { additionalHeaders: { alg: 'HS512' } }), 'header_invalid'],
      ['alg none', () => jwt.createAccessToken('a', { additionalHeaders: { alg: 'none' } }), 'header_invalid'],
    ]
    it.each(cases)('%s', (_what, action, code) => {
      expect(codeOf(action)).toBe(code)
    })
  })

  describe('cookies', () => {
    const token = () => jwt.createAccessToken('alice', { additionalClaims: {} })
    const inCookies = make(preset, { tokenLocation: ['headers', 'cookies'] })

    it('with a life of 0 are taken back at once', () => {
      const lines = inCookies.accessCookies(inCookies.createAccessToken('alice'), { maxAgeSeconds: 0 })
      expect(lines.map((line) => line.includes('Expires=Thu, 01 Jan 1970 00:00:00 GMT'))).toEqual([true, true])
    })

    it.each([
      ['an empty domain', { domain: '' }],
      ['a life that is no number', { maxAgeSeconds: Number.NaN }],
    ])('with %s are refused', (_what, options) => {
      expect(codeOf(() => inCookies.accessCookies(inCookies.createAccessToken('alice'), options))).toBe(
        'option_invalid',
      )
    })

    it('are not set for a token without csrf', () => {
      expect(codeOf(() => inCookies.accessCookies(signedWith({ csrf: undefined })))).toBe('token_claim_missing')
      expect(codeOf(() => inCookies.accessCookies(token()))).toBe(
        preset === 'flask' ? 'accepted' : 'token_claim_missing',
      )
    })

    const name = inCookies.settings.accessCookieName
    const submitted: [what: string, claims: object, value: string, code: string][] = [
      ['that is not ASCII', {}, 'välue', 'csrf_mismatch'],
      ['for a claim that is a number', { csrf: 5 }, '5', 'csrf_mismatch'],
      ['for a claim that is null', { csrf: null }, 'null', 'csrf_mismatch'],
      ['for a claim that is a list', { csrf: ['value'] }, 'value', 'csrf_mismatch'],
      ['for a claim that is empty', { csrf: '' }, 'value', 'csrf_mismatch'],
      ['that is right', {}, 'value', 'alice'],
    ]
    it.each(submitted)('with a double-submit value %s: %o, %s → %s', async (_what, claims, value, result) => {
      const headers = { cookie: `${name}=${signedWith(claims)}`, 'x-csrf-token': value }
      expect(await ask(inCookies, { locations: 'cookies' }, { method: 'POST', headers })).toBe(result)
    })

    it.each([
      ['quotes around the value', (cookie: string) => `${name}="${cookie}"`],
      ['another one of that name after it', (cookie: string) => `${name}=${cookie}; ${name}=xxx`],
    ])('are read with %s', async (_what, write) => {
      const headers = { cookie: write(signedWith({})) }
      expect(await ask(inCookies, { locations: 'cookies' }, { headers })).toBe('alice')
    })
  })

  describe('a JSON body answers token_missing where it is', () => {
    it.each([[[1]], ['x'], [5], [true], [null], [undefined]])('%j', async (body) => {
      const headers = { 'content-type': 'application/json' }
      expect(await ask(jwt, { locations: 'json' }, { method: 'POST', headers, body })).toBe('token_missing')
    })
  })

  it('a GET has no JSON body', async () => {
    const headers = { 'content-type': 'application/json' }
    const body = { access_token: signedWith({}) }
    expect(await ask(jwt, { locations: 'json' }, { method: 'POST', headers, body })).toBe('alice')
    expect(await ask(jwt, { locations: 'json' }, { method: 'GET', headers, body })).toBe('token_missing')
  })

  it('a WebSocket handshake with a cookie comes from a page of the same host', async () => {
    const inCookies = make(preset, { tokenLocation: 'cookies', trustedOrigins: ['https://app.example'] })
    const cookie = `${inCookies.settings.accessCookieName}=${signedWith({})}`
    const from = (origin: string) => {
      const headers = { cookie, origin, host: 'api.example', upgrade: 'websocket', connection: 'Upgrade' }
      return ask(inCookies, {}, { headers })
    }
    expect(await from('https://api.example')).toBe('alice')
    expect(await from('https://app.example')).toBe('alice')
    expect(await from('https://other.example')).toBe('cross_site_refused')
  })

  describe('a route that asks for freshness answers token_not_fresh where fresh is', () => {
    it.each([[null], ['true'], ['9999999999'], [''], [[]], [{}], [now - 1]])('%j', async (fresh) => {
      expect(await ask(jwt, { fresh: true }, bearer(signedWith({ fresh })))).toBe('token_not_fresh')
    })
  })

  describe('the scheme', () => {
    it.each(['bearer', 'BEARER', 'bEaReR'])('may be written %s', async (scheme) => {
      expect(await ask(jwt, {}, { headers: { authorization: `${scheme} ${signedWith({})}` } })).toBe('alice')
    })

    it.each([false, true])('twice is refused, optional: %s', async (optional) => {
      const token = signedWith({})
      const headers = { authorization: `Bearer ${token}, Bearer ${token}` }
      expect(await ask(jwt, { optional }, { headers })).toBe('credentials_malformed')
    })

    it('in another case is not nobody on an optional route', async () => {
      expect(await ask(jwt, { optional: true }, { headers: { authorization: 'bearer xxx' } })).toBe('token_malformed')
    })
  })

  it('a 401 carries WWW-Authenticate', async () => {
    const app = new Hono().get('/', jwtRequired(jwt), (c) => c.text(String(c.var.jwt.identity)))
    const missing = await app.request('/')
    const expired = await app.request('/', bearer(signedWith({ exp: now })))
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect([expired.status, expired.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer error="invalid_token", error_description="Token has expired"',
    ])
  })
})

describe('the flask preset keeps for compatibility, and the default refuses', () => {
  const tokens: [what: string, token: string, code: string][] = [
    ['a token without jti', signedWith({ jti: undefined }), 'token_claim_missing'],
    ['a token without exp', signedWith({ exp: undefined }), 'token_claim_missing'],
    ['a token of an unknown type', signedWith({ type: 'app' }), 'token_type_mismatch'],
    ['an empty identity', signedWith({ sub: '' }), 'token_claim_invalid'],
    ['an audience that nobody asked about', signedWith({ aud: 'x' }), 'token_audience_mismatch'],
    ['exp as text', signedWith({ exp: String(now + 900) }), 'token_claim_invalid'],
  ]
  it.each(tokens)('%s', (_what, token, code) => {
    expect(presets.map((preset) => codeOf(() => make(preset).verify(token)))).toEqual([code, 'accepted'])
  })

  it.each(['type', 'jti', 'exp', 'fresh', 'csrf', 'sub'])('an additional claim in place of %s', (name) => {
    const create = (preset: PresetName) => make(preset).createAccessToken('alice', { additionalClaims: { [name]: 1 } })
    expect(codeOf(() => create('default'))).toBe('claims_invalid')
    // Text claims stay text: a token that no reader accepts is not made.
    const isText = name === 'jti' || name === 'sub'
    expect(codeOf(() => create('flask'))).toBe(isText ? 'claims_invalid' : 'accepted')
  })

  it('cookies that another site makes a browser send, though never without the double submit', async () => {
    const results = presets.map(async (preset) => {
      const jwt = make(preset, { tokenLocation: ['cookies'] })
      const cookie = `${jwt.settings.accessCookieName}=${signedWith({})}`
      const headers = { cookie, 'sec-fetch-site': 'cross-site' }
      const withValue = { ...headers, 'x-csrf-token': 'value' }
      return [
        await ask(jwt, {}, { method: 'POST', headers: withValue }),
        await ask(jwt, {}, { method: 'POST', headers }),
      ]
    })
    expect(await Promise.all(results)).toEqual([
      ['cross_site_refused', 'cross_site_refused'],
      ['alice', 'csrf_missing'],
    ])
  })

  it('several credentials in one header', async () => {
    const headers = { authorization: `Basic x, Bearer ${signedWith({})}` }
    const results = presets.map((preset) => ask(make(preset), {}, { headers }))
    expect(await Promise.all(results)).toEqual(['credentials_malformed', 'alice'])
  })
})
