import { createHmac, createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import {
  createGuard,
  exportJwk,
  generateKey,
  importKey,
  JwtManager,
  KeySet,
  type RequestView,
  verifyToken,
} from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { answersOf, claims, codeOf, encode, now, numbered, seal } from './ways.ts'

// One row for each published vulnerability of another library that ours could have had, with the attack that would have
// revealed it here. Each attack is made as it was published; the tables beside the code go further.

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicKey = importKey({ publicKey: rsa.publicKey, algorithm: 'RS256' })
const publicJwk = exportJwk(publicKey)
const texts = {
  spki: rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string,
  pkcs1: rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }) as string,
  jwk: JSON.stringify(publicJwk),
  jwks: JSON.stringify({ keys: [publicJwk] }),
}
const hs256 = generateKey('HS256')
const keys = new KeySet([hs256])
const typ = 'at+jwt'
const unsigned = (alg: unknown) => `${encode({ alg, typ })}.${encode(claims)}.`
const macedWith = (secret: string | Uint8Array) => {
  const signedPart = `${encode({ alg: 'HS256', typ })}.${encode(claims)}`
  return `${signedPart}.${createHmac('sha256', secret).update(signedPart).digest('base64url')}`
}
const configured = (secret: unknown) => codeOf(() => new JwtManager({ secret: secret as string }))
const resolving = (answer: unknown, token: string) =>
  codeOf(() => new JwtManager({ keys, verifyingKeyFor: () => answer as KeySet, clock: () => now }).verify(token))
const verified = (token: string, options: object = {}) =>
  codeOf(() => new JwtManager({ keys, clock: () => now, ...options }).verify(token))
const signed = (payload: object | string, header: object = {}) => seal(hs256, { alg: 'HS256', typ, ...header }, payload)
const request = (headers: Record<string, string>): RequestView => ({
  method: 'POST',
  header: (name) => headers[name],
  query: () => undefined,
  json: async () => undefined,
  formField: async () => undefined,
})

/**
 * The attempts of an attack, and the answers that are right. A library that accepts any attempt has the vulnerability.
 */
type Advisory = readonly [id: string, fault: string, attempts: () => readonly string[], right: readonly string[]]

const advisories: readonly Advisory[] = [
  [
    'CVE-2015-9235',
    'jsonwebtoken: a public key is used as an HMAC secret if the token says HS256',
    () => Object.values(texts).flatMap((text) => answersOf(macedWith(text), publicKey)),
    ['token_algorithm_refused'],
  ],
  [
    'CVE-2022-23539',
    'jsonwebtoken: a key of a type that is not the algorithm’s',
    () => [
      codeOf(() =>
        importKey({ privateKey: generateKeyPairSync('dsa', { modulusLength: 2048 }).privateKey, algorithm: 'RS256' }),
      ),
      codeOf(() =>
        importKey({
          privateKey: generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey,
          algorithm: 'RS256',
        }),
      ),
      codeOf(() => importKey({ publicKey: generateKeyPairSync('ed448').publicKey, algorithm: 'EdDSA' })),
      codeOf(() =>
        importKey({ publicKey: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey, algorithm: 'ES256' }),
      ),
    ],
    ['key_algorithm_mismatch'],
  ],
  [
    'CVE-2022-23540',
    'jsonwebtoken: no algorithms and an empty key accept none',
    () => [
      ...['', undefined, null, 0, false].map(configured),
      ...['none', 'NONE', 'nOnE'].flatMap((alg) => answersOf(unsigned(alg), hs256)),
    ],
    ['key_too_weak', 'key_invalid', 'token_algorithm_refused'],
  ],
  [
    'CVE-2022-23541',
    'jsonwebtoken: a resolver may answer a key of another family',
    () => [
      resolving(publicKey, macedWith(texts.spki)),
      resolving(publicKey, macedWith(texts.pkcs1)),
      resolving(texts.spki, macedWith(texts.spki)),
    ],
    ['token_algorithm_refused', 'token_key_unknown'],
  ],
  [
    'CVE-2022-23529',
    'jsonwebtoken: an object with a toString of its own is a secret',
    () =>
      [{ toString: () => 'x'.repeat(40) }, ['x'.repeat(40)], new String('x'.repeat(40)), () => 'x', 5n].map(configured),
    ['key_invalid'],
  ],
  [
    'CVE-2016-1000223',
    'jws: none is honoured',
    () => [hs256, publicKey, generateKey('ES256')].flatMap((key) => answersOf(unsigned('none'), key)),
    ['token_algorithm_refused'],
  ],
  [
    'CVE-2025-65945',
    'jws: the secret is looked up by what the token says, and is none',
    () => ['', Buffer.alloc(0), undefined, { k: '' }].map((answer) => resolving(answer, macedWith(''))),
    ['token_key_unknown'],
  ],
  [
    'CVE-2018-0114',
    'node-jose: the key in the header is believed',
    () => {
      const attacker = generateKey('RS256')
      const members = {
        jwk: exportJwk(attacker),
        jku: 'http://127.0.0.1:9/',
        x5u: 'http://127.0.0.1:9/',
        x5c: ['MA=='],
      }
      return answersOf(seal(attacker, { alg: 'RS256', typ, ...members }, claims), publicKey)
    },
    ['token_signature_invalid'],
  ],
  [
    'CVE-2022-36083',
    'jose: p2c of a billion costs a minute',
    () => {
      const before = process.threadCpuUsage()
      const answers = answersOf(signed(claims, { alg: 'PBES2-HS256+A128KW', p2c: 1_000_000_000, p2s: 'AA' }), hs256)
      const { user, system } = process.threadCpuUsage(before)
      return [...answers, user + system < 100_000 ? 'in time' : 'late']
    },
    ['token_algorithm_refused', 'in time'],
  ],
  [
    'CVE-2024-28176',
    'jose: a bomb behind zip',
    () => answersOf(signed(claims, { zip: 'DEF' }), hs256),
    ['token_header_refused'],
  ],
  [
    'CVE-2020-15084',
    'express-jwt: no algorithm is demanded',
    () => [
      codeOf(() => importKey({ publicKey: rsa.publicKey })),
      codeOf(() => importKey({ jwk: { kty: 'oct', k: 'A'.repeat(43) } })),
    ],
    ['key_algorithm_missing'],
  ],
  [
    'CVE-2023-48223',
    'fast-jwt: BEGIN RSA PUBLIC KEY is a secret',
    () => [texts.pkcs1, texts.pkcs1.trim()].map(configured),
    ['key_kind_mismatch'],
  ],
  [
    'CVE-2026-34950, CVE-2026-107722',
    'fast-jwt: text before BEGIN turns a key into a secret',
    () =>
      [' ', '\t', '\r\n', '\ufeff', '#', '\u200b', '\u0000', '\u0001', 'key: '].map((start) =>
        configured(start + texts.spki),
      ),
    ['key_kind_mismatch'],
  ],
  [
    'CVE-2026-107724',
    'fast-jwt: a JWK or a JWKS as text is a secret',
    () =>
      [texts.jwk, texts.jwks, ` ${texts.jwk}`, JSON.stringify(publicJwk, null, 2), Buffer.from(texts.jwk)].map(
        configured,
      ),
    ['key_kind_mismatch'],
  ],
  [
    'CVE-2026-44351',
    'fast-jwt: a resolver answers an empty text for an unknown kid',
    () =>
      ['', Buffer.alloc(0), null, Promise.resolve(''), createSecretKey(randomBytes(32))].map((answer) =>
        resolving(answer, macedWith('')),
      ),
    ['token_key_unknown'],
  ],
  [
    'CVE-2026-107720',
    'fast-jwt: an empty key skips the signature although algorithms are listed',
    () => [
      codeOf(
        () =>
          new JwtManager({
            secret: process.env.HALLPASS_NO_SUCH_VARIABLE,
            algorithm: 'HS256',
            decodeAlgorithms: ['HS512'],
          }),
      ),
      codeOf(() => verifyToken(unsigned('HS256'), new KeySet(), { now })),
      ...answersOf(unsigned('HS256'), hs256),
    ],
    ['key_invalid', 'token_signature_invalid'],
  ],
  [
    'CVE-2025-30144',
    'fast-jwt: issuers in a list',
    () =>
      [['https://a', 'https://b'], ['https://a'], { 0: 'https://a' }, 5].map((iss) =>
        verified(signed({ ...claims, iss }), { issuer: 'https://a' }),
      ),
    ['token_claim_invalid'],
  ],
  [
    'CVE-2026-107723',
    'fast-jwt: a payload that is a list skips every check of claims',
    () =>
      ['[]', `[${JSON.stringify(claims)}]`, '"x"', '1', 'null', '['.repeat(2000)].flatMap((payload) =>
        answersOf(signed(payload), hs256),
      ),
    ['token_malformed'],
  ],
  [
    'CVE-2026-35039',
    'fast-jwt: two tokens share a place in the cache',
    () => {
      const [one, other] = [numbered(hs256, 1, { sub: 'one' }), numbered(hs256, 2, { sub: 'other' })]
      const [header, , signature] = one.split('.')
      const mixed = `${header}.${other.split('.')[1]}.${signature}`
      const who = [one, other, one, other].map((token) => verifyToken(token, keys, { now }).sub as string)
      return [...who, codeOf(() => verifyToken(mixed, keys, { now }))]
    },
    ['one', 'other', 'token_signature_invalid'],
  ],
  [
    'CVE-2026-107719',
    'fast-jwt: a cached token does not expire if iat is absent',
    () => {
      const token = signed({ ...claims, iat: undefined, exp: now + 1 })
      return [now, now + 0.999, now + 1].map((time) => codeOf(() => verifyToken(token, keys, { now: time })))
    },
    ['accepted', 'token_expired'],
  ],
  [
    'CVE-2026-107721',
    'fast-jwt: an infinite tolerance switches times off',
    () =>
      [Number.POSITIVE_INFINITY, Number.NaN, -1, 1e9].map((leewaySeconds) =>
        codeOf(() => new JwtManager({ keys, leewaySeconds })),
      ),
    ['option_invalid'],
  ],
  [
    'CVE-2026-35040, CVE-2026-35041',
    'fast-jwt: regular expressions as options keep a state, or take for ever',
    () => [
      ...[{ issuer: /a/g }, { audience: [/a/g] }, { decodeIssuer: /(a+)+$/ }].map((options) =>
        verified(signed(claims), options),
      ),
    ],
    ['option_invalid'],
  ],
  [
    'CVE-2026-35042',
    'fast-jwt: unknown crit is accepted',
    () => [['x'], [], ['x', 'x'], 'x', { 0: 'x' }].flatMap((crit) => answersOf(signed(claims, { crit, x: 1 }), hs256)),
    ['token_header_refused'],
  ],
  [
    'CVE-2026-22817, CVE-2026-22818',
    'hono: the header decides if a key names no algorithm',
    () => {
      const { alg: _, ...bare } = publicJwk
      return [
        codeOf(() => importKey({ jwk: bare })),
        ...answersOf(macedWith(texts.jwk), importKey({ jwk: bare, algorithm: 'PS256' })),
      ]
    },
    ['key_algorithm_missing', 'token_algorithm_refused'],
  ],
  [
    'CVE-2025-62610',
    'hono: a token for another service',
    () => [
      verified(signed({ ...claims, aud: 'service-a' }), { audience: 'service-b' }),
      verified(signed({ ...claims, aud: 'service-a' })),
    ],
    ['token_audience_mismatch'],
  ],
  [
    'CVE-2026-44459',
    'hono: a time of 0, of text, or without end skips the check',
    () =>
      ['0', '-1', '"1"', 'null', '1e309', 'false', '""'].map((exp) =>
        verified(signed(`{"sub":"a","jti":"j","exp":${exp}}`)),
      ),
    ['token_expired', 'token_claim_invalid'],
  ],
  [
    'CVE-2026-47673',
    'hono: any scheme will do',
    () => {
      const jwt = new JwtManager({ keys, clock: () => now })
      const token = jwt.createAccessToken('alice')
      const values = ['Basic', 'Token', 'JWT', 'Bearer ', 'Bearer,', 'X Bearer', 'Bearerx'].map(
        (scheme) => `${scheme} ${token}`,
      )
      return values.map((authorization) => codeOf(() => createGuard(jwt)(request({ authorization }))))
    },
    ['token_missing', 'credentials_malformed'],
  ],
  [
    'CVE-2026-47675',
    'hono: attributes are smuggled into a cookie',
    () => [
      ...[{ cookieDomain: 'a; Path=/x' }, { accessCookiePath: '/\r\nX: y' }, { accessCookieName: 'a=b; x' }].map(
        (options) => verified('', options),
      ),
      codeOf(() => {
        const jwt = new JwtManager({ keys, clock: () => now, tokenLocation: 'cookies' })
        jwt.accessCookies(jwt.createAccessToken('alice'), { domain: 'a.example; HttpOnly' })
      }),
    ],
    ['option_invalid'],
  ],
  [
    'CVE-2023-48309',
    'next-auth: a token of another flow is a session',
    () => [
      verified(signed({ ...claims, type: 'state' })),
      verified(signed(claims, { typ: 'JWT' })),
      verified(signed(claims, { typ: 'rt+jwt' })),
      verified(signed({ ...claims, type: 'refresh' })),
    ],
    ['token_type_mismatch', 'token_typ_mismatch'],
  ],
  [
    'PyJWT 2.13',
    'every test for "is this a key?" was passed by another encoding',
    () => {
      const der = rsa.publicKey.export({ type: 'spki', format: 'der' })
      const forms = [
        der,
        der.toString('base64'),
        der.toString('base64url'),
        `${der.toString('base64')}\n`,
        der.toString('base64').replace(/.{64}/g, '$&\n'),
      ]
      return [
        ...forms.map(configured),
        ...forms.map((form) => configured(createSecretKey(Buffer.from(form as string)))),
      ]
    },
    ['key_kind_mismatch'],
  ],
]

describe('the fault of', () => {
  it.each(advisories)('%s: %s', (_id, _fault, attempts, right) => {
    const answers = new Set(attempts())
    expect([...answers].sort()).toEqual([...right].sort())
  })

  const overHttp: [id: string, fault: string, path: string, init: RequestInit][] = [
    ['CVE-2026-47676', 'hono: another spelling of a guarded path', '/guarded%2Fx', {}],
    ['CVE-2026-47676', 'hono: two slashes', '//guarded/x', {}],
    ['CVE-2026-47676', 'hono: an encoded letter', '/%67uarded/x', {}],
    [
      'CVE-2024-43787',
      'hono: CSRF by a type in capitals',
      '/guarded/x',
      { method: 'POST', headers: { 'content-type': 'TEXT/plain' } },
    ],
    ['CVE-2024-48913', 'hono: CSRF by no type', '/guarded/x', { method: 'POST' }],
    [
      'GHSA-xmf8-cvqr-rfgj',
      '@auth/core: a malformed header throws',
      '/guarded/x',
      { headers: { authorization: 'Bearer %E0%A4%A' } },
    ],
    ['CVE-2022-31093', 'next-auth: a malformed parameter throws', '/guarded/x?jwt=%E0%A4%A', {}],
  ]
  it.each(overHttp)('%s: %s', async (_id, _fault, path, init) => {
    const jwt = new JwtManager({ keys, tokenLocation: ['headers', 'cookies', 'query_string'], clock: () => now })
    const reached: string[] = []
    const app = new Hono()
    app.use('/guarded/*', jwtRequired(jwt))
    app.all('/guarded/*', (c) => {
      reached.push(c.req.path)
      return c.text('in')
    })
    // CSRF needs the victim's cookie. The other attacks try to get past the guard without one.
    const cookie = init.method === 'POST' ? { cookie: `__Host-access_token=${jwt.createAccessToken('alice')}` } : {}
    const response = await app.request(path, { ...init, headers: { ...init.headers, ...cookie } })
    expect([response.status >= 400 && response.status < 500, reached]).toEqual([true, []])
  })
})
