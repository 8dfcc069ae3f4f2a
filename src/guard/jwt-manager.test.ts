import { describe, expect, it } from 'vitest'
import type { ConfigurationErrorCode, TokenErrorCode } from '../errors.ts'
import { generateKey, importKey } from '../token/keys/import-key.ts'
import { KeySet } from '../token/keys/key-set.ts'
import { signJws, signToken } from '../token/sign.ts'
import { JwtManager } from './jwt-manager.ts'
import type { JwtManagerOptions } from './options/options.ts'

const now = 1_795_434_203.75
const keys = new KeySet([generateKey('HS256', { kid: 'k' })])
const make = (options: JwtManagerOptions = {}) => new JwtManager({ keys, clock: () => now, ...options })
const jwt = make()
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function codeOf(action: () => unknown): string {
  try {
    action()
    return 'accepted'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('tokens of the default preset', () => {
  it('say what they are, in header and claims', () => {
    const access = jwt.verify(jwt.createAccessToken('alice'))
    expect(access.header).toEqual({ alg: 'HS256', kid: 'k', typ: 'at+jwt' })
    expect(access.claims).toEqual({
      fresh: false,
      iat: 1_795_434_203,
      nbf: 1_795_434_203,
      exp: 1_795_434_203 + 900,
      jti: expect.stringMatching(uuid),
      type: 'access',
      sub: 'alice',
    })
    const refresh = jwt.verify(jwt.createRefreshToken('alice'), { refresh: true })
    expect(refresh.header.typ).toBe('rt+jwt')
    expect(refresh.claims).toMatchObject({ type: 'refresh', fresh: false, exp: 1_795_434_203 + 2_592_000 })
  })

  it('carry a CSRF value where they may end up in a cookie, and not elsewhere', () => {
    expect(jwt.decodeToken(jwt.createAccessToken('alice')).csrf).toBeUndefined()
    const cookies = make({ tokenLocation: ['cookies'] })
    expect(cookies.getCsrfToken(cookies.createAccessToken('alice'))).toMatch(uuid)
    const off = make({ tokenLocation: ['cookies'], cookieCsrfProtect: false })
    expect(codeOf(() => off.getCsrfToken(off.createAccessToken('alice')))).toBe('token_claim_missing')
  })

  it('carry what is configured and what is given, the given winning', () => {
    const manager = make({
      issuer: 'me',
      audience: ['a', 'b'],
      encodeNbf: false,
      claimsFor: (identity) => ({ role: `${identity}'s`, plan: 'free' }),
      headersFor: () => ({ tenant: 't' }),
    })
    const { claims, header } = manager.verify(
      manager.createAccessToken('alice', { additionalClaims: { plan: 'pro' }, additionalHeaders: { x: 1 } }),
    )
    expect(claims).toMatchObject({ iss: 'me', aud: ['a', 'b'], role: "alice's", plan: 'pro' })
    expect(claims.nbf).toBeUndefined()
    expect(header).toMatchObject({ tenant: 't', x: 1 })
  })

  it('calls users by the numbers of a table only in a claim of their own, and where it is told so', () => {
    const numbers = new JwtManager<unknown, number>({ keys, identityClaim: 'id', verifySub: false })
    expect(numbers.verify(numbers.createAccessToken(7)).identity).toBe(7)
    for (const options of [{ identityClaim: 'id' }, { verifySub: false }, {}]) {
      expect(() => new JwtManager<unknown, number>({ keys, ...options }).createAccessToken(7)).toThrow(
        expect.objectContaining({ code: 'identity_invalid' }),
      )
    }
    expect(() => numbers.createAccessToken(Number.NaN)).toThrow(expect.objectContaining({ code: 'identity_invalid' }))
  })

  it('writes such numbers into sub as well with the presets for other issuers, and renews what it read', () => {
    for (const preset of ['plain', 'flask'] as const) {
      const numbers = new JwtManager({ keys, preset, verifySub: false, tokenLocation: ['headers', 'cookies'] })
      const { identity, claims } = numbers.verify(numbers.createAccessToken(7))
      expect([identity, claims.sub]).toEqual([7, 7])
      expect(numbers.verify(numbers.createRefreshToken(7), { refresh: true }).identity).toBe(7)
      expect(numbers.verify(numbers.createAccessToken('7')).identity).toBe('7')
      for (const unfit of [Number.NaN, 1.5, 2 ** 53, Number.POSITIVE_INFINITY, true, null, {}, '']) {
        expect(() => numbers.createAccessToken(unfit as never)).toThrow(
          expect.objectContaining({ code: 'identity_invalid' }),
        )
      }
      const strict = new JwtManager({ keys, preset })
      expect(() => strict.createAccessToken(7 as never)).toThrow(expect.objectContaining({ code: 'identity_invalid' }))
      expect(() => strict.verify(numbers.createAccessToken(7))).toThrow(
        expect.objectContaining({ code: 'token_claim_invalid' }),
      )
    }
    const reader = new JwtManager({ keys, verifySub: false })
    const now = Math.floor(Date.now() / 1000)
    const claims = { sub: 7, jti: 'x', type: 'access', exp: now + 60 }
    const read = reader.verify(signJws(JSON.stringify(claims), keys, { typ: 'at+jwt' }))
    expect(reader.verify(reader.renewAccessToken(read)).identity).toBe(7)
  })

  it('takes plain tokens with the plain preset, and asks of them whatever else it asks', () => {
    const plain = new JwtManager({ keys, preset: 'plain' })
    const standard = new JwtManager({ keys })
    const now = Math.floor(Date.now() / 1000)
    // Others write what signToken refuses to.
    const made = (claims: object) =>
      signJws(JSON.stringify({ sub: 'alice', exp: now + 60, ...claims }), keys, { typ: 'JWT' })
    expect(plain.verify(made({})).identity).toBe('alice')
    expect(plain.verify(standard.createAccessToken('alice')).identity).toBe('alice')
    expect(() => standard.verify(made({}))).toThrow(expect.objectContaining({ code: 'token_typ_mismatch' }))
    const refused: [claims: object, code: string][] = [
      [{ exp: now - 1 }, 'token_expired'],
      [{ exp: undefined }, 'token_claim_missing'],
      [{ exp: `${now + 60}` }, 'token_claim_invalid'],
      [{ nbf: now + 60 }, 'token_not_yet_valid'],
      [{ sub: '' }, 'token_claim_invalid'],
      [{ sub: 7 }, 'token_claim_invalid'],
      [{ aud: 'others' }, 'token_audience_mismatch'],
      [{ type: 'refresh' }, 'token_type_mismatch'],
    ]
    for (const [claims, code] of refused) {
      expect(() => plain.verify(made(claims)), code).toThrow(expect.objectContaining({ code }))
    }
  })

  const passed = (answer: unknown) => answer as never
  const callbacks: [why: string, options: object, code: ConfigurationErrorCode | 'accepted'][] = [
    ['claims', { claimsFor: () => ({ role: 'admin' }) }, 'accepted'],
    ['no claims', { claimsFor: () => ({}) }, 'accepted'],
    ['claims without a prototype', { claimsFor: () => Object.assign(Object.create(null), { role: 'a' }) }, 'accepted'],
    ['a promise of claims', { claimsFor: async () => ({ role: 'admin' }) }, 'claims_invalid'],
    ['a promise that fails', { claimsFor: () => Promise.reject(new Error('no database')) }, 'claims_invalid'],
    ['a promise of a library', { claimsFor: () => Object.fromEntries([['then', () => {}]]) }, 'claims_invalid'],
    ['text', { claimsFor: () => 'admin' }, 'claims_invalid'],
    ['a list', { claimsFor: () => ['admin'] }, 'claims_invalid'],
    ['a Map', { claimsFor: () => new Map([['role', 'admin']]) }, 'claims_invalid'],
    ['a function', { claimsFor: () => () => ({}) }, 'claims_invalid'],
    ['null', { claimsFor: () => null }, 'claims_invalid'],
    ['nothing, as a forgotten return does', { claimsFor: () => undefined }, 'claims_invalid'],
    ['a Map among claims', { claimsFor: () => ({ roles: new Map() }) }, 'claims_invalid'],
    ['NaN among claims', { claimsFor: () => ({ level: Number.NaN }) }, 'claims_invalid'],
    ['a promise among claims', { claimsFor: () => ({ role: Promise.resolve('admin') }) }, 'claims_invalid'],
    ['a promise of header members', { headersFor: async () => ({ tenant: 't' }) }, 'header_invalid'],
    ['text for header members', { headersFor: () => 'tenant' }, 'header_invalid'],
    ['a function among header members', { headersFor: () => ({ tenant: () => 't' }) }, 'header_invalid'],
    ['a promise of an identity', { identityFor: async () => 'alice' }, 'identity_invalid'],
    ['a promise of a key', { signingKeyFor: async () => generateKey('HS256') }, 'key_invalid'],
  ]
  it.each(callbacks)('are made at once, and not where a callback answers with %s', async (_why, options, code) => {
    const manager = make(options)
    for (const create of [() => manager.createAccessToken('alice'), () => manager.createRefreshToken('alice')]) {
      expect(codeOf(create)).toBe(code)
    }
    // A rejection that no one handles ends the process, and this test.
    await new Promise(setImmediate)
  })

  it('keep what hallpass writes where a member of the application is undefined', () => {
    const flask = make({ preset: 'flask', issuer: 'me', claimsFor: () => ({ exp: undefined, plan: 'free' }) })
    const token = flask.createAccessToken('alice', {
      additionalClaims: { sub: undefined, iss: undefined, plan: undefined },
    })
    expect(flask.decodeToken(token)).toMatchObject({ sub: 'alice', iss: 'me', plan: 'free', exp: expect.any(Number) })
  })

  const refusedOnCreation: [why: string, create: (manager: JwtManager) => unknown, code: ConfigurationErrorCode][] = [
    ['a number for an identity', (m) => m.createAccessToken(5 as never), 'identity_invalid'],
    ['undefined', (m) => m.createAccessToken(undefined as never), 'identity_invalid'],
    ['null', (m) => m.createRefreshToken(null as never), 'identity_invalid'],
    ['an object', (m) => m.createAccessToken({ id: 1 } as never), 'identity_invalid'],
    ['an empty text', (m) => m.createAccessToken(''), 'identity_invalid'],
    ['a life of 0', (m) => m.createAccessToken('a', { expiresInSeconds: 0 }), 'option_invalid'],
    ['a life of half a second', (m) => m.createAccessToken('a', { expiresInSeconds: 0.5 }), 'option_invalid'],
    ['a life of NaN', (m) => m.createAccessToken('a', { expiresInSeconds: Number.NaN }), 'option_invalid'],
    ['freshness of 0', (m) => m.createAccessToken('a', { fresh: { seconds: 0 } }), 'option_invalid'],
    ['a type of its own', (m) => m.createAccessToken('a', { additionalClaims: { type: 'refresh' } }), 'claims_invalid'],
    ['a jti of its own', (m) => m.createAccessToken('a', { additionalClaims: { jti: 'x' } }), 'claims_invalid'],
    ['a sub of its own', (m) => m.createAccessToken('a', { additionalClaims: { sub: 'b' } }), 'claims_invalid'],
    ['an exp of its own', (m) => m.createAccessToken('a', { additionalClaims: { exp: 1 } }), 'claims_invalid'],
    ['a typ of its own', (m) => m.createAccessToken('a', { additionalHeaders: { typ: 'x' } }), 'header_invalid'],
    ['text for claims', (m) => m.createAccessToken('a', { additionalClaims: passed('admin') }), 'claims_invalid'],
    [
      'a promise of claims',
      (m) => m.createAccessToken('a', { additionalClaims: passed(Promise.resolve({})) }),
      'claims_invalid',
    ],
    [
      'a list of header members',
      (m) => m.createAccessToken('a', { additionalHeaders: passed(['x']) }),
      'header_invalid',
    ],
    [
      'a Set among claims',
      (m) => m.createAccessToken('a', { additionalClaims: { roles: new Set() } }),
      'claims_invalid',
    ],
    ['an alg of its own', (m) => m.createAccessToken('a', { additionalHeaders: { alg: 'none' } }), 'header_invalid'],
  ]
  it.each(refusedOnCreation)('are not made with %s', (_why, create, code) => {
    expect(codeOf(() => create(jwt))).toBe(code)
  })

  const claims = { sub: 'alice', jti: 'j', type: 'access', exp: now + 60 }
  const foreign: [why: string, claims: object, typ: string, code: TokenErrorCode | 'accepted'][] = [
    ['all that is needed', claims, 'at+jwt', 'accepted'],
    ['no type, as RFC 9068 has it', { ...claims, type: undefined }, 'at+jwt', 'accepted'],
    ['the typ of an ID token', claims, 'JWT', 'token_typ_mismatch'],
    ['the typ of a refresh token', claims, 'rt+jwt', 'token_typ_mismatch'],
    ['the type of a refresh token', { ...claims, type: 'refresh' }, 'at+jwt', 'token_typ_mismatch'],
    ['another type', { ...claims, type: 'email' }, 'at+jwt', 'token_type_mismatch'],
    ['a type that is almost it', { ...claims, type: 'Access' }, 'at+jwt', 'token_type_mismatch'],
    ['a type of null', { ...claims, type: null }, 'at+jwt', 'token_type_mismatch'],
    ['no exp', { ...claims, exp: undefined }, 'at+jwt', 'token_claim_missing'],
    ['no jti', { ...claims, jti: undefined }, 'at+jwt', 'token_claim_missing'],
    ['no sub', { ...claims, sub: undefined }, 'at+jwt', 'token_claim_missing'],
    ['an empty sub', { ...claims, sub: '' }, 'at+jwt', 'token_claim_invalid'],
    ['an audience nobody set', { ...claims, aud: 'other' }, 'at+jwt', 'token_audience_mismatch'],
  ]
  it.each(foreign)('of another issuer with %s', (_why, payload, typ, code) => {
    const token = signToken(payload as never, keys, { typ })
    expect([codeOf(() => jwt.verify(token)), codeOf(() => jwt.verify(token))]).toEqual([code, code])
  })
})

describe('each kind of token at each place', () => {
  const tokens = {
    access: jwt.createAccessToken('a'),
    fresh: jwt.createAccessToken('a', { fresh: true }),
    refresh: jwt.createRefreshToken('a'),
  }
  const table: [kind: keyof typeof tokens, asked: object, code: TokenErrorCode | 'accepted'][] = [
    ['access', {}, 'accepted'],
    ['access', { fresh: true }, 'token_not_fresh'],
    ['access', { refresh: true }, 'token_type_mismatch'],
    ['access', { verifyType: false }, 'accepted'],
    ['fresh', { fresh: true }, 'accepted'],
    ['fresh', { refresh: true }, 'token_type_mismatch'],
    ['refresh', {}, 'token_type_mismatch'],
    ['refresh', { fresh: true }, 'token_type_mismatch'],
    ['refresh', { refresh: true }, 'accepted'],
    ['refresh', { refresh: true, fresh: true }, 'token_not_fresh'],
    ['refresh', { verifyType: false }, 'accepted'],
    ['refresh', { verifyType: false, fresh: true }, 'token_not_fresh'],
  ]
  it.each(table)('%s where %j is asked: %s', (kind, asked, code) => {
    expect(codeOf(() => jwt.verify(tokens[kind], asked))).toBe(code)
  })

  const freshness: [fresh: unknown, code: TokenErrorCode | 'accepted'][] = [
    [true, 'accepted'],
    [now, 'accepted'],
    [now + 60, 'accepted'],
    [now - 1, 'token_not_fresh'],
    [1, 'token_not_fresh'],
    [false, 'token_not_fresh'],
    ['true', 'token_not_fresh'],
    [null, 'token_not_fresh'],
    [{}, 'token_not_fresh'],
    [undefined, 'token_not_fresh'],
  ]
  it.each(freshness)('fresh: %s', (fresh, code) => {
    const token = signToken({ sub: 'a', jti: 'j', exp: now + 60, fresh }, keys, { typ: 'at+jwt' })
    expect(codeOf(() => jwt.verify(token, { fresh: true }))).toBe(code)
  })
})

describe('keys for each token', () => {
  const a = generateKey('HS256', { kid: 'a' })
  const b = generateKey('ES256', { kid: 'b' })
  const manager = make({
    signingKeyFor: (identity) => (identity === 'alice' ? a : b),
    verifyingKeyFor: (claims) => (claims.sub === 'alice' ? a : b),
  })

  it('sign and verify by identity', () => {
    expect(manager.verify(manager.createAccessToken('alice')).header.alg).toBe('HS256')
    expect(manager.verify(manager.createAccessToken('bob')).header.alg).toBe('ES256')
  })

  it('refuse a token that another key signed', () => {
    const forged = signToken({ sub: 'bob', jti: 'j', type: 'access', exp: now + 60 }, a, { typ: 'at+jwt', kid: 'b' })
    expect(codeOf(() => manager.verify(forged))).toBe('token_algorithm_refused')
  })

  it.each([undefined, null, '', Buffer.alloc(0), { k: '' }, 'a secret of more than thirty-two bytes'])(
    'refuse where the callback answers %j, which is no key',
    (answer) => {
      const broken = make({ verifyingKeyFor: () => answer as never })
      expect(codeOf(() => broken.verify(jwt.createAccessToken('alice')))).toBe('token_key_unknown')
      const expired = jwt.createAccessToken('alice', { expiresInSeconds: -60 })
      expect(codeOf(() => broken.verify(expired))).toBe('token_expired')
      expect(codeOf(() => broken.decodeToken(expired, { allowExpired: true }))).toBe('token_key_unknown')
    },
  )

  it('verify in the algorithms that are listed, and sign in one', () => {
    const secret = 'x'.repeat(64)
    const both = new JwtManager({ secret, decodeAlgorithms: ['HS512', 'HS256'], clock: () => now })
    const hs512 = new JwtManager({ secret, algorithm: 'HS512', clock: () => now })
    expect(both.verify(hs512.createAccessToken('alice')).header.alg).toBe('HS512')
    expect(both.verify(both.createAccessToken('alice')).header.alg).toBe('HS256')
    expect(codeOf(() => hs512.verify(both.createAccessToken('alice')))).toBe('token_algorithm_refused')
  })
})

describe('a manager that asks for more', () => {
  const table: [why: string, options: JwtManagerOptions, claims: object, code: TokenErrorCode | 'accepted'][] = [
    ['a claim that is there', { requiredClaims: ['tenant'] }, { tenant: 't' }, 'accepted'],
    ['a claim that is not', { requiredClaims: ['tenant'] }, {}, 'token_claim_missing'],
    ['a claim of null', { requiredClaims: ['tenant'] }, { tenant: null }, 'token_claim_missing'],
    ['an age that it has', { maxTokenAgeSeconds: 300 }, { iat: now - 299 }, 'accepted'],
    ['an age that is over', { maxTokenAgeSeconds: 300 }, { iat: now - 301 }, 'token_expired'],
    ['an age of a token without iat', { maxTokenAgeSeconds: 300 }, {}, 'token_claim_missing'],
    ['no identity that is another', { verifySub: false }, { sub: 7 }, 'accepted'],
  ]
  it.each(table)('%s', (_why, options, claims, code) => {
    const payload = { sub: 'alice', jti: 'j', exp: now + 60, ...claims }
    const manager = make(options)
    const token = signJws(JSON.stringify(payload), keys, { typ: 'at+jwt' })
    expect([codeOf(() => manager.verify(token)), codeOf(() => manager.verify(token))]).toEqual([code, code])
  })

  it.each(['9007199254740993', '1e400', '-9007199254740993', '7.00000000000000000001'])(
    'refuses an identity of %s, which it would read as another',
    (sub) => {
      const options = { verifySub: false, preset: 'flask' as const }
      for (const manager of [make({ verifySub: false }), make(options), make({ ...options, identityClaim: 'sub' })]) {
        const token = signJws(`{"sub":${sub},"jti":"j","exp":${now + 60}}`, keys, { typ: 'at+jwt' })
        expect(codeOf(() => manager.verify(token))).toBe('token_claim_invalid')
      }
    },
  )

  it('lets refresh tokens grow older than access tokens may', () => {
    const manager = make({ maxTokenAgeSeconds: 300 })
    const refresh = manager.createRefreshToken('alice')
    const later = make({ maxTokenAgeSeconds: 300, clock: () => now + 400 })
    expect(codeOf(() => later.verify(refresh, { refresh: true }))).toBe('accepted')
    const access = manager.createAccessToken('alice')
    expect(codeOf(() => later.verify(access))).toBe('token_expired')
    expect(codeOf(() => later.decodeToken(access, { allowExpired: true }))).toBe('accepted')
  })
})

describe('decodeToken', () => {
  it('reads an expired token where that is asked, with everything else still checked', () => {
    const expired = jwt.createAccessToken('alice', { expiresInSeconds: -60 })
    expect(codeOf(() => jwt.decodeToken(expired))).toBe('token_expired')
    expect(jwt.decodeToken(expired, { allowExpired: true }).sub).toBe('alice')
    const other = make({ keys: new KeySet([generateKey('HS256', { kid: 'k' })]) })
    expect(codeOf(() => other.decodeToken(expired, { allowExpired: true }))).toBe('token_signature_invalid')
  })

  it('calls a token expired whose key is gone, says nothing more of it, and reads it no more', () => {
    const other = make({ keys: new KeySet([generateKey('HS256', { kid: 'other' })]) })
    const expired = jwt.createAccessToken('alice', { expiresInSeconds: -60 })
    for (const read of [() => other.decodeToken(expired), () => other.verify(expired)]) {
      expect(read).toThrow(expect.objectContaining({ code: 'token_expired' }))
      expect(read).not.toThrow(expect.objectContaining({ token: expect.anything() }))
    }
    expect(codeOf(() => other.decodeToken(expired, { allowExpired: true }))).toBe('token_key_unknown')
    const patient = make({ keys: other.keys, leewaySeconds: 60 })
    expect(codeOf(() => patient.decodeToken(expired))).toBe('token_expired')
    expect(codeOf(() => make({ keys: other.keys, leewaySeconds: 61 }).decodeToken(expired))).toBe('token_key_unknown')
  })

  it('reads an immortal token where none must end', () => {
    const manager = make({ requireExp: false, accessTokenSeconds: false })
    expect(manager.decodeToken(manager.createAccessToken('alice')).exp).toBeUndefined()
    expect(codeOf(() => jwt.decodeToken(manager.createAccessToken('alice')))).toBe('token_claim_missing')
  })

  it('tells a caught error which token it was, its loggers not', () => {
    const expired = jwt.createAccessToken('alice', { expiresInSeconds: -60 })
    try {
      jwt.decodeToken(expired)
      expect.unreachable()
    } catch (error) {
      expect((error as { token: { claims: object } }).token.claims).toMatchObject({ sub: 'alice' })
      expect(Object.keys(error as object)).not.toContain('token')
      expect(JSON.stringify(error)).not.toContain('alice')
    }
  })

  it('reads identities as configured', () => {
    const uid = make({ identityClaim: 'uid' })
    expect(uid.verify(uid.createAccessToken('alice')).identity).toBe('alice')
    expect(codeOf(() => uid.verify(jwt.createAccessToken('alice')))).toBe('token_claim_missing')
    const legacy = make({ verifySub: false })
    const numeric = signToken({ jti: 'j', exp: now + 60, uid: 'x' }, keys, { typ: 'at+jwt' })
    expect(codeOf(() => legacy.verify(numeric))).toBe('token_claim_missing')
    const objects = new JwtManager({ keys, clock: () => now, identityFor: (user: { id: number }) => String(user.id) })
    expect(objects.verify(objects.createAccessToken({ id: 7 })).identity).toBe('7')
  })

  it('reads the header of any token, verified or not', () => {
    const key = importKey({ secret: 'a secret of more than thirty-two bytes', kid: 'other' })
    expect(jwt.getUnverifiedJwtHeaders(signToken({}, key)).kid).toBe('other')
  })
})

describe('the cookies of a manager', () => {
  const cookies = make({ tokenLocation: ['cookies'] })

  it('live as long as the token, where they outlast the session of the browser', () => {
    const persistent = make({ tokenLocation: ['cookies'], sessionCookie: false })
    const [token, csrf] = persistent.accessCookies(persistent.createAccessToken('alice'))
    expect([token, csrf]).toEqual([expect.stringContaining('Max-Age=899;'), expect.stringContaining('Max-Age=899;')])
  })

  it('are written with the life and domain that are given', () => {
    const options = { maxAgeSeconds: 60, domain: 'example.com' }
    const domain = make({ tokenLocation: ['cookies'], cookieDomain: 'example.org' })
    expect(domain.accessCookies(domain.createAccessToken('a'), options)[0]).toMatch(/Domain=example\.com; .*Max-Age=60/)
    expect(codeOf(() => cookies.accessCookies(cookies.createAccessToken('a'), options))).toBe('option_invalid')
  })

  it('are not written with a token that does not hold, has no CSRF value, or is longer than a cookie', () => {
    const expired = cookies.createAccessToken('a', { expiresInSeconds: -1 })
    expect(codeOf(() => cookies.accessCookies(expired))).toBe('token_expired')
    expect(codeOf(() => cookies.accessCookies(jwt.createAccessToken('a')))).toBe('token_claim_missing')
    const long = cookies.createAccessToken('a', { additionalClaims: { x: 'x'.repeat(3500) } })
    expect(codeOf(() => cookies.accessCookies(long))).toBe('token_too_long')
  })
})
