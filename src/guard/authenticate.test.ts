import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { TokenError, TokenErrorCode } from '../errors.ts'
import { generateKey } from '../token/keys/import-key.ts'
import { KeySet } from '../token/keys/key-set.ts'
import { signToken } from '../token/sign.ts'
import { createGuard } from './authenticate.ts'
import { renewedCookies } from './cookies/renewal.ts'
import { JwtManager } from './jwt-manager.ts'
import type { GuardOptions } from './options/guard-options.ts'
import type { JwtManagerOptions } from './options/options.ts'
import type { RequestView } from './request/request-view.ts'

const now = 1_795_434_203
const keys = new KeySet([generateKey('HS256', { kid: 'k' })])
const make = (options: JwtManagerOptions = {}) => new JwtManager({ keys, clock: () => now, ...options })

/** A request with these headers, no query and no body. */
function request(headers: Record<string, string> = {}, method = 'GET'): RequestView {
  return {
    method,
    header: (name) => headers[name],
    query: () => undefined,
    json: async () => undefined,
    formField: async () => undefined,
  }
}

const bearer = (jwt: JwtManager, token = jwt.createAccessToken('alice')) =>
  request({ authorization: `Bearer ${token}` })

async function outcome(jwt: JwtManager, view: RequestView, options?: GuardOptions): Promise<string> {
  try {
    const result = await createGuard(jwt, options)(view)
    return result === undefined ? 'nobody' : result.identity
  } catch (error) {
    return (error as TokenError).code
  }
}

/** A promise whose own `then` a library has replaced. */
function withThen<Value>(value: Value, then: PromiseLike<Value>['then']): Promise<Value> {
  return Object.defineProperty(Promise.resolve(value), 'then', { value: then })
}

/** Its `then` returns an object that can be awaited, and is not a `Promise`. */
function odd<Value>(value: Value): Promise<Value> {
  return withThen(value, (...how) => {
    const next = Promise.resolve(value).then(...how)
    return Object.defineProperty({}, 'then', { value: next.then.bind(next) }) as typeof next
  })
}

describe('a guard', () => {
  it('answers synchronously unless a callback makes it wait', () => {
    const jwt = make({ isRevoked: () => false, verifyClaims: () => true, loadUser: () => ({ name: 'Alice' }) })
    expect(createGuard(jwt)(bearer(jwt))).toEqual(
      expect.objectContaining({ identity: 'alice', location: 'headers', user: { name: 'Alice' } }),
    )
  })

  it('answers asynchronously if a callback does', async () => {
    const jwt = make({ isRevoked: async () => false })
    const result = createGuard(jwt)(bearer(jwt))
    expect(result).toBeInstanceOf(Promise)
    expect(await result).toMatchObject({ identity: 'alice' })
  })

  it('accepts promises of database libraries that are not a Promise', async () => {
    // biome-ignore lint/suspicious/noThenProperty: this is what such a library returns
    const thenable = { then: (resolve: (value: boolean) => void) => resolve(true) } as unknown as Promise<boolean>
    const jwt = make({ isRevoked: () => thenable })
    expect(await outcome(jwt, bearer(jwt))).toBe('token_revoked')
  })

  it.each<[string, JwtManagerOptions, GuardOptions]>([
    ['claims_refused', { verifyClaims: () => odd(false) }, {}],
    ['claims_refused', { verifyClaims: () => odd(false), loadUser: () => ({ name: 'Alice' }) }, {}],
    ['claims_refused', { verifyClaims: () => odd(false) }, { roles: 'admin' }],
    ['insufficient_scope', { verifyClaims: () => odd(true) }, { roles: 'admin' }],
    ['user_not_found', { loadUser: () => odd(undefined) }, {}],
    ['token_revoked', { isRevoked: () => odd(true) }, {}],
    ['alice', { isRevoked: () => odd(false), verifyClaims: () => odd(true), loadUser: () => odd('Alice') }, {}],
  ])('waits for a promise whose own "then" returns no promise: %s', async (code, options, guard) => {
    const jwt = make(options)
    const result = createGuard(jwt, guard)(bearer(jwt))
    // Frameworks let the request pass if the guard returns anything else.
    expect(result).toBeInstanceOf(Promise)
    expect(await outcome(jwt, bearer(jwt), guard)).toBe(code)
    await Promise.resolve(result).catch(() => {})
  })

  it.each([undefined, null, 'route', 'token'])('throws an Error if reading a request throws %j', (reason) => {
    const broken = () => {
      throw reason
    }
    // Frameworks continue the request if they are passed no error.
    expect(() => createGuard(make())({ ...request(), header: broken })).toThrow(Error)
  })

  it('ends the time limit of a promise whose own "then" fails', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const fail = () => {
      throw new Error('no then')
    }
    const jwt = make({ isRevoked: () => withThen(false, fail) })
    expect(await outcome(jwt, bearer(jwt))).toBe('revocation_unknown')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('lets preflights pass as anonymous', async () => {
    const jwt = make()
    expect(await outcome(jwt, request({ authorization: 'Bearer garbage' }, 'OPTIONS'))).toBe('nobody')
  })

  it.each([{ locations: ['body'] }, { locations: [] }, { optinal: true }, { fresh: 'yes' }, { allowExpired: true }])(
    'is not made with %j',
    (options) => {
      expect(() => createGuard(make(), options as never)).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    },
  )

  it('asks the source of revocations itself only where the route is strict, which requires one', async () => {
    const asked: boolean[] = []
    const jwt = make({ isRevoked: (_claims, _header, { strict }) => asked.push(strict) < 0 })
    expect(await outcome(jwt, bearer(jwt), { revocation: 'strict' })).toBe('alice')
    expect(await outcome(jwt, bearer(jwt))).toBe('alice')
    expect(asked).toEqual([true, false])
    expect(() => createGuard(make(), { revocation: 'strict' })).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    )
  })

  it('leaves revocation out where the route says so, which no strict one may', async () => {
    const jwt = make({ isRevoked: () => true })
    expect(await outcome(jwt, bearer(jwt), { skipRevocationCheck: true })).toBe('alice')
    for (const options of [{ skipRevocationCheck: true, revocation: 'strict' }, { revocation: 'loose' }]) {
      expect(() => createGuard(jwt, options as never)).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    }
  })

  it('takes tokens of the other kind where it is told not to look', async () => {
    const jwt = make()
    const refresh = bearer(jwt, jwt.createRefreshToken('alice'))
    expect(await outcome(jwt, refresh)).toBe('token_type_mismatch')
    expect(await outcome(jwt, refresh, { verifyType: false })).toBe('alice')
  })

  it('reads the refresh cookie for a refresh token, and the access cookie for an access token', async () => {
    const jwt = make({ tokenLocation: 'cookies', cookieCsrfProtect: false })
    const { accessCookieName: access, refreshCookieName: refresh } = jwt.settings
    const cookie = `${access}=${jwt.createAccessToken('access')}; ${refresh}=${jwt.createRefreshToken('refresh')}`
    expect(await outcome(jwt, request({ cookie }))).toBe('access')
    expect(await outcome(jwt, request({ cookie }), { refresh: true })).toBe('refresh')
    expect(await outcome(jwt, request({ cookie: cookie.replace(refresh, 'x') }), { refresh: true })).toBe(
      'token_missing',
    )
  })

  it('asks for all that the route asks for of a cookie with a CSRF value, too', async () => {
    const jwt = make({ tokenLocation: 'cookies' })
    const post = (token: string) =>
      request({ cookie: `${jwt.settings.accessCookieName}=${token}`, 'x-csrf-token': jwt.getCsrfToken(token) }, 'POST')
    expect(await outcome(jwt, post(jwt.createAccessToken('alice')))).toBe('alice')
    expect(await outcome(jwt, post(jwt.createAccessToken('alice')), { fresh: true })).toBe('token_not_fresh')
    expect(await outcome(jwt, post(jwt.createAccessToken('alice', { fresh: true })), { fresh: true })).toBe('alice')
    expect(await outcome(jwt, post(jwt.createRefreshToken('alice')))).toBe('token_type_mismatch')
  })

  it.each(['route', undefined, 0])('fails with an error where a callback throws %j', async (thrown) => {
    const jwt = make({
      verifyClaims: () => {
        throw thrown
      },
    })
    await expect(async () => createGuard(jwt)(bearer(jwt))).rejects.toThrow(Error)
  })

  it('is not made for cookies where tokens carry no CSRF value', () => {
    expect(() => createGuard(make(), { locations: 'cookies' })).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    )
    expect(() => createGuard(make({ cookieCsrfProtect: false }), { locations: 'cookies' })).not.toThrow()
  })
})

describe('callbacks', () => {
  const never = () => new Promise<never>(() => {})
  const table: [what: string, options: JwtManagerOptions, code: TokenErrorCode | 'alice'][] = [
    ['not revoked', { isRevoked: () => false }, 'alice'],
    ['revoked', { isRevoked: () => true }, 'token_revoked'],
    ['revoked, later', { isRevoked: async () => true }, 'token_revoked'],
    [
      'revocation throws',
      {
        isRevoked: () => {
          throw new Error('no database')
        },
      },
      'revocation_unknown',
    ],
    [
      'revocation rejects',
      {
        isRevoked: async () => {
          throw new Error('no database')
        },
      },
      'revocation_unknown',
    ],
    ['revocation hangs', { isRevoked: never, revocationTimeoutSeconds: 1 }, 'revocation_unknown'],
    ['revocation answers nothing', { isRevoked: (() => undefined) as never }, 'revocation_unknown'],
    ['revocation answers a row', { isRevoked: (() => ({ jti: 'x' })) as never }, 'revocation_unknown'],
    ['revocation answers 0', { isRevoked: (() => 0) as never }, 'revocation_unknown'],
    ['revocation answers null, later', { isRevoked: (async () => null) as never }, 'revocation_unknown'],
    ['the own rule refuses', { verifyClaims: () => false }, 'claims_refused'],
    ['the own rule refuses, later', { verifyClaims: async () => false }, 'claims_refused'],
    ['the own rule answers nothing', { verifyClaims: (() => undefined) as never }, 'claims_refused'],
    ['no user', { loadUser: () => undefined }, 'user_not_found'],
    ['no user, null', { loadUser: () => null }, 'user_not_found'],
    ['no user, later', { loadUser: async () => null }, 'user_not_found'],
    ['a user that is 0', { loadUser: () => 0 }, 'alice'],
    ['revoked before the own rule', { isRevoked: () => true, verifyClaims: () => false }, 'token_revoked'],
    ['the own rule before the user', { verifyClaims: async () => false, loadUser: () => null }, 'claims_refused'],
  ]
  it.each(table)('%s', async (_what, options, code) => {
    const jwt = make(options)
    expect(await outcome(jwt, bearer(jwt))).toBe(code)
  })

  it('are called neither for an invalid token nor for an anonymous request', async () => {
    const asked: string[] = []
    const note = (name: string) => () => {
      asked.push(name)
      return false
    }
    const jwt = make({ isRevoked: note('revoked'), verifyClaims: note('own'), loadUser: note('user') as never })
    await outcome(jwt, request({ authorization: 'Bearer a.b.c' }))
    await outcome(jwt, request(), { optional: true })
    await outcome(jwt, bearer(jwt, jwt.createRefreshToken('alice')))
    await outcome(jwt, bearer(jwt), { fresh: true })
    expect(asked).toEqual([])
  })

  it('are called again for a token that was accepted before', async () => {
    const revoked = new Set<string | null>()
    const jwt = make({ isRevoked: ({ jti }) => revoked.has(jti) })
    const token = jwt.createAccessToken('alice')
    expect(await outcome(jwt, bearer(jwt, token))).toBe('alice')
    revoked.add(jwt.getJti(token))
    expect(await outcome(jwt, bearer(jwt, token))).toBe('token_revoked')
    expect(await outcome(jwt, bearer(jwt, token), { skipRevocationCheck: true })).toBe('alice')
  })

  it('pass their own errors on', async () => {
    const failure = new Error('no database')
    const jwt = make({
      loadUser: async () => {
        throw failure
      },
    })
    await expect(createGuard(jwt)(bearer(jwt))).rejects.toBe(failure)
    const revocation = make({
      isRevoked: async () => {
        throw failure
      },
    })
    await expect(createGuard(revocation)(bearer(revocation))).rejects.toMatchObject({ cause: failure })
  })
})

describe('the header', () => {
  const jwt = make()
  const token = jwt.createAccessToken('alice')
  const table: [value: string, required: string, optional: string][] = [
    [`Bearer ${token}`, 'alice', 'alice'],
    [`bearer ${token}`, 'alice', 'alice'],
    [`BEARER ${token}`, 'alice', 'alice'],
    ['', 'token_missing', 'nobody'],
    [' , ', 'token_missing', 'nobody'],
    [token, 'token_missing', 'nobody'],
    [`Basic ${token}`, 'token_missing', 'nobody'],
    [`Token ${token}`, 'token_missing', 'nobody'],
    [`Bearer:${token}`, 'token_missing', 'nobody'],
    ['Bearer', 'credentials_malformed', 'credentials_malformed'],
    ['Bearer ', 'credentials_malformed', 'credentials_malformed'],
    [`Bearer  ${token}`, 'credentials_malformed', 'credentials_malformed'],
    [`Bearer\t${token}`, 'credentials_malformed', 'credentials_malformed'],
    [`Bearer ${token} x`, 'credentials_malformed', 'credentials_malformed'],
    [`Bearer ${token}, Bearer ${token}`, 'credentials_malformed', 'credentials_malformed'],
    [`Basic x, Bearer ${token}`, 'credentials_malformed', 'credentials_malformed'],
    [`Bearer ${token},`, 'credentials_malformed', 'credentials_malformed'],
    [`Bearer "${token}"`, 'token_malformed', 'token_malformed'],
    [`Bearer ${token}\u0000`, 'token_malformed', 'token_malformed'],
    [`Bearer ${token}\t`, 'token_malformed', 'token_malformed'],
    [`Bearer ${'x'.repeat(65_536)}`, 'token_too_large', 'token_too_large'],
    ['Bearer null', 'token_malformed', 'token_malformed'],
  ]
  it.each(table)('%.40s', async (value, required, optional) => {
    const view = request({ authorization: value })
    expect([await outcome(jwt, view), await outcome(jwt, view, { optional: true })]).toEqual([required, optional])
  })
})

describe('a token in a location that is not configured', () => {
  const jwt = make()
  const token = jwt.createAccessToken('alice')
  const elsewhere: RequestView = {
    ...request({ cookie: `__Host-access_token=${token}`, 'content-type': 'application/json' }, 'POST'),
    query: () => token,
    json: async () => ({ access_token: token }),
  }

  it('is ignored', async () => {
    expect(await outcome(jwt, elsewhere)).toBe('token_missing')
    expect(await outcome(jwt, elsewhere, { optional: true })).toBe('nobody')
    expect(await outcome(jwt, elsewhere, { locations: 'query_string' })).toBe('alice')
    expect(await outcome(jwt, elsewhere, { locations: 'json' })).toBe('alice')
  })
})

describe('names that every object has', () => {
  it.each(['constructor', 'toString', '__proto__'])(
    '%s are no claim and no member where nobody wrote them',
    async (name) => {
      const token = signToken({ jti: 'j', exp: now + 60, type: 'access' }, keys, { typ: 'at+jwt' })
      for (const preset of ['default', 'flask'] as const) {
        const jwt = make({ preset, identityClaim: name })
        expect(await outcome(jwt, bearer(jwt, token))).toBe('token_claim_missing')
      }
      const body = { ...request({ 'content-type': 'application/json' }, 'POST'), json: async () => ({}) }
      expect(await outcome(make({ tokenLocation: 'json', jsonKey: name }), body)).toBe('token_missing')
    },
  )
})

describe('a header with several credentials, if lists are accepted', () => {
  it('must contain exactly one of ours', async () => {
    const jwt = make({ preset: 'flask' })
    const [alice, bob] = [jwt.createAccessToken('alice'), jwt.createAccessToken('bob')]
    const one = request({ authorization: `Basic x, Bearer ${alice}` })
    const two = request({ authorization: `Bearer ${alice}, Bearer ${bob}` })
    expect(await outcome(jwt, one)).toBe('alice')
    expect(await outcome(jwt, two)).toBe('credentials_malformed')
    expect(await outcome(jwt, two, { optional: true })).toBe('credentials_malformed')
  })
})

/** A page of a listed origin cannot read the value. It may send none; if it sends one, it must be the right one. */
function listedOrigins(value: string): [what: string, headers: Record<string, string>, code: string][] {
  const origin = 'https://app.other.example'
  const sameSite = { 'sec-fetch-site': 'same-site' }
  return [
    ['from a listed origin, without a value', { origin }, 'alice'],
    ['from a listed origin of the same site', { origin, ...sameSite }, 'alice'],
    ['from a listed origin of another site', { origin, 'sec-fetch-site': 'cross-site' }, 'alice'],
    ['from a listed native shell', { origin: 'capacitor://localhost', 'sec-fetch-site': 'cross-site' }, 'alice'],
    ['from a listed origin, with an empty value', { origin, 'x-csrf-token': '' }, 'alice'],
    ['from a listed origin, with its value', { origin, 'x-csrf-token': value }, 'alice'],
    ['from a listed origin, with another value', { origin, 'x-csrf-token': 'x' }, 'csrf_mismatch'],
    ['from our own origin', { host: 'a.example', origin: 'https://a.example' }, 'csrf_missing'],
    ['from our own origin, by newer browsers', { origin, 'sec-fetch-site': 'same-origin' }, 'alice'],
    ['from our own pages, without an origin', { 'sec-fetch-site': 'same-origin' }, 'csrf_missing'],
    ['from a neighbour that is not listed', { origin: 'https://evil.other.example', ...sameSite }, 'csrf_missing'],
    ['from a neighbour, before 2023', { origin: 'https://evil.other.example' }, 'cross_site_refused'],
    ['from a page without an origin', { origin: 'null', ...sameSite }, 'csrf_missing'],
    ['with an empty origin', { origin: '', ...sameSite }, 'csrf_missing'],
    ['in capitals', { origin: 'https://APP.other.example', ...sameSite }, 'csrf_missing'],
    ['with its port', { origin: `${origin}:443`, ...sameSite }, 'csrf_missing'],
    ['with a path', { origin: `${origin}/`, ...sameSite }, 'csrf_missing'],
    ['with a suffix', { origin: `${origin}.evil.example`, ...sameSite }, 'csrf_missing'],
    ['without its scheme', { origin: 'app.other.example', ...sameSite }, 'csrf_missing'],
    ['over plain HTTP', { origin: 'http://app.other.example', ...sameSite }, 'csrf_missing'],
    ['twice', { origin: `${origin}, ${origin}`, ...sameSite }, 'csrf_missing'],
    ['in Referer alone', { referer: `${origin}/`, ...sameSite }, 'csrf_missing'],
  ]
}

describe('a token in a cookie', () => {
  const jwt = make({
    tokenLocation: ['cookies'],
    trustedOrigins: ['https://app.other.example', 'capacitor://localhost'],
  })
  const token = jwt.createAccessToken('alice')
  const csrf = jwt.getCsrfToken(token)
  const cookie = `__Host-access_token=${token}`
  const table: [what: string, headers: Record<string, string>, code: string][] = [
    ['with its value', { 'x-csrf-token': csrf }, 'alice'],
    ['without a value', {}, 'csrf_missing'],
    ['with an empty value', { 'x-csrf-token': '' }, 'csrf_missing'],
    [
      'with the value of another token',
      { 'x-csrf-token': jwt.getCsrfToken(jwt.createAccessToken('alice')) },
      'csrf_mismatch',
    ],
    ['with a part of it', { 'x-csrf-token': csrf.slice(0, -1) }, 'csrf_mismatch'],
    ['with letters beyond ASCII', { 'x-csrf-token': 'ÿ'.repeat(36) }, 'csrf_mismatch'],
    ['with the value in a cookie alone', { cookie: `${cookie}; __Host-csrf_access_token=${csrf}` }, 'csrf_missing'],
    ['from the same origin', { 'x-csrf-token': csrf, 'sec-fetch-site': 'same-origin' }, 'alice'],
    ['from a sub-domain', { 'x-csrf-token': csrf, 'sec-fetch-site': 'same-site' }, 'alice'],
    ['typed in', { 'x-csrf-token': csrf, 'sec-fetch-site': 'none' }, 'alice'],
    ['from another site', { 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' }, 'cross_site_refused'],
    [
      'from a native shell that is trusted',
      { 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site', origin: 'capacitor://localhost' },
      'alice',
    ],
    [
      'from another',
      { 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site', origin: 'tauri://localhost' },
      'cross_site_refused',
    ],
    [
      'from another site that is trusted',
      { 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site', origin: 'https://app.other.example' },
      'alice',
    ],
    ...listedOrigins(csrf),
    [
      'from its own origin, by Origin alone',
      { 'x-csrf-token': csrf, host: 'a.example', origin: 'https://a.example' },
      'alice',
    ],
    [
      'from another origin, by Origin alone',
      { 'x-csrf-token': csrf, host: 'a.example', origin: 'https://evil.example' },
      'cross_site_refused',
    ],
    [
      'from another port',
      { 'x-csrf-token': csrf, host: 'a.example', origin: 'https://a.example:8443' },
      'cross_site_refused',
    ],
    [
      'from a suffix of the host',
      { 'x-csrf-token': csrf, host: 'a.example', origin: 'https://evila.example' },
      'cross_site_refused',
    ],
    [
      'from a sandbox, whose origin is null',
      { 'x-csrf-token': csrf, host: 'a.example', origin: 'null' },
      'cross_site_refused',
    ],
  ]
  it.each(table)('changes something %s: %s', async (_what, headers, code) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(await outcome(jwt, request({ cookie, ...headers }, method))).toBe(code)
    }
  })

  it('requires a CSRF claim: a token that was issued without one cannot change anything', async () => {
    const without = signToken({ sub: 'alice', jti: 'j', exp: now + 60 }, keys, { typ: 'at+jwt' })
    const headers = { cookie: `__Host-access_token=${without}`, 'x-csrf-token': 'undefined' }
    expect(await outcome(jwt, request(headers, 'POST'))).toBe('token_claim_missing')
  })

  it('requires a value from every page if no origin is listed', async () => {
    for (const preset of ['default', 'flask'] as const) {
      const strict = make({ tokenLocation: ['cookies'], preset })
      const own = strict.createAccessToken('alice')
      const name = strict.settings.accessCookieName
      const headers = { cookie: `${name}=${own}`, origin: 'https://app.other.example', 'sec-fetch-site': 'same-site' }
      expect(await outcome(strict, request(headers, 'POST'))).toBe('csrf_missing')
    }
  })

  it('can read without a value, from anywhere', async () => {
    expect(await outcome(jwt, request({ cookie, 'sec-fetch-site': 'cross-site' }))).toBe('alice')
  })

  it('is one token, the first of two, never a mix with the header', async () => {
    const bob = jwt.createAccessToken('bob')
    const two = request({ cookie: `${cookie}; __Host-access_token=${bob}` })
    expect(await outcome(jwt, two)).toBe('alice')
    const both = request({ cookie, authorization: `Bearer ${bob}` })
    expect(await outcome(jwt, both, { locations: ['cookies', 'headers'] })).toBe('alice')
    expect(await outcome(jwt, both, { locations: ['headers', 'cookies'] })).toBe('bob')
    const broken = request({ cookie, authorization: 'Bearer x' })
    expect(await outcome(jwt, broken, { locations: ['headers', 'cookies'] })).toBe('token_malformed')
  })
})

describe('renewedCookies', () => {
  let time = now
  const revoked = new Set<string | null>()
  const options = { tokenLocation: ['cookies', 'headers'] as const, renewCookiesWithinSeconds: 300, clock: () => time }
  const jwt = make({ ...options, isRevoked: ({ jti }) => revoked.has(jti) })

  async function renew(
    secondsLater: number,
    alreadySet: string[] = [],
    create = {},
    location: 'cookies' | 'headers' = 'cookies',
  ) {
    time = now
    const verified = jwt.verify(jwt.createAccessToken('alice', { additionalClaims: { role: 'admin' }, ...create }))
    time = now + secondsLater
    return { verified, cookies: await renewedCookies(jwt, { ...verified, location }, alreadySet) }
  }

  it('are returned when less than the limit is left, with the same claims and a new jti', async () => {
    const { verified, cookies } = await renew(601)
    const renewed = jwt.verify(cookies[0]?.match(/=([^;]+)/)?.[1] ?? '')
    expect(renewed.claims).toMatchObject({ sub: 'alice', role: 'admin', exp: now + 601 + 900, fresh: false })
    expect(renewed.claims.jti).not.toBe(verified.claims.jti)
    expect(cookies[1]).toContain('__Host-csrf_access_token=')
  })

  it('do not make a token fresh, nor keep it fresh for longer', async () => {
    const read = (cookies: readonly string[]) => jwt.verify(cookies[0]?.match(/=([^;]+)/)?.[1] ?? '').claims.fresh
    expect(read((await renew(601, [], { fresh: true })).cookies)).toBe(false)
    expect(read((await renew(601, [], { fresh: { seconds: 700 } })).cookies)).toBe(now + 700)
  })

  it('are not returned before that, for a token in a header, or if the response sets the cookie itself', async () => {
    expect((await renew(600)).cookies).toEqual([])
    expect((await renew(601, [], {}, 'headers')).cookies).toEqual([])
    expect((await renew(601, ['__Host-access_token=; Path=/'])).cookies).toEqual([])
    expect((await renew(601, ['theme=dark'])).cookies).toHaveLength(2)
  })

  it('are not returned for a refresh token, which would become an access token, or if revocation cannot be checked', async () => {
    time = now
    const refresh = jwt.createRefreshToken('alice', { expiresInSeconds: 60 })
    const verified = jwt.verify(refresh, { refresh: true })
    expect(await renewedCookies(jwt, { ...verified, location: 'cookies' }, [])).toEqual([])
    for (const answer of [undefined, null, 0, '']) {
      const silent = make({ ...options, isRevoked: (() => answer) as never })
      const access = silent.verify(silent.createAccessToken('alice', { expiresInSeconds: 60 }))
      expect(await renewedCookies(silent, { ...access, location: 'cookies' }, [])).toEqual([])
    }
  })

  it('are not returned for a token that was revoked while the request was handled', async () => {
    const { verified } = await renew(601)
    revoked.add(verified.claims.jti)
    expect(await renewedCookies(jwt, { ...verified, location: 'cookies' }, [])).toEqual([])
    const failing = make({
      ...options,
      isRevoked: async () => {
        throw new Error('no database')
      },
    })
    expect(await renewedCookies(failing, { ...verified, location: 'cookies' }, [])).toEqual([])
  })
})
