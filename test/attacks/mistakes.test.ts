import { generateKeyPairSync, randomBytes } from 'node:crypto'
import {
  createGuard,
  generateKey,
  importKey,
  JwtManager,
  type JwtManagerOptions,
  KeySet,
  type RequestView,
  renewedCookies,
  signJws,
  signToken,
  verifyToken,
} from 'hallpass'
import { describe, expect, it } from 'vitest'
import { codeOf, now } from './ways.ts'

// Mistakes of developers, or in a configuration, that must not silently disable a protection.

const keys = new KeySet([generateKey('HS256')])
const make = (options: JwtManagerOptions = {}) => new JwtManager({ keys, clock: () => now, ...options })

function request(headers: Record<string, string>, method = 'GET'): RequestView {
  return {
    method,
    header: (name) => headers[name],
    query: () => undefined,
    json: async () => undefined,
    formField: async () => undefined,
  }
}

describe('an option that would switch a check off is refused', () => {
  it('csrfMethods in small letters, which no request has', () => {
    expect(codeOf(() => make({ tokenLocation: 'cookies', csrfMethods: ['post'] }))).toBe('option_invalid')
  })

  it('algorithms beside a KeySet, where they would have no effect', () => {
    expect(codeOf(() => make({ algorithm: 'ES256' }))).toBe('option_invalid')
    expect(codeOf(() => make({ decodeAlgorithms: ['RS256'] }))).toBe('option_invalid')
  })

  it.each(['type', 'jti', 'exp', 'fresh', 'csrf', 'iat', 'nbf'])('an identity claim that is %s', (identityClaim) => {
    expect(codeOf(() => make({ identityClaim }))).toBe('option_invalid')
  })

  it('an errorMessageKey that would replace the code', () => {
    expect(codeOf(() => make({ errorMessageKey: 'code' }))).toBe('option_invalid')
  })

  it('an issuer in a list, which no token can carry', () => {
    expect(codeOf(() => make({ issuer: ['a', 'b'] as never }))).toBe('option_invalid')
  })

  it('an empty audience, which no token can satisfy', () => {
    expect(codeOf(() => make({ audience: '' }))).toBe('option_invalid')
  })

  it('a timeout too long for a timer, which would end at once', () => {
    expect(codeOf(() => make({ revocationTimeoutSeconds: 2_592_000 }))).toBe('option_invalid')
  })
})

describe('the options of a manager', () => {
  it('are copied: later changes by the caller have no effect', () => {
    const trustedOrigins: string[] = []
    const jwt = make({ tokenLocation: 'cookies', trustedOrigins })
    trustedOrigins.push('https://evil.example')
    const token = jwt.createAccessToken('alice')
    const headers = {
      cookie: `__Host-access_token=${token}`,
      'x-csrf-token': jwt.getCsrfToken(token),
      'sec-fetch-site': 'cross-site',
      origin: 'https://evil.example',
    }
    expect(codeOf(() => createGuard(jwt)(request(headers, 'POST')))).toBe('cross_site_refused')
  })

  it('are deeply frozen, including the defaults that managers share', () => {
    const { settings } = make()
    const lists = [settings.csrfMethods, settings.trustedOrigins, settings.tokenLocation]
    expect(lists.map((list) => Object.isFrozen(list))).toEqual([true, true, true])
  })
})

describe('an empty or invalid value is not an absent one', () => {
  it('an empty double-submit value matches nothing', () => {
    const jwt = make({ tokenLocation: 'cookies' })
    const token = jwt.createAccessToken('alice')
    expect(codeOf(() => jwt.verify(token, { csrfValue: '' }))).toBe('csrf_mismatch')
    expect(codeOf(() => jwt.decodeToken(token, { csrfValue: '' }))).toBe('csrf_mismatch')
  })

  it('a token without exp, or with an invalid one, is not an expired token', () => {
    const jwt = make()
    const endless = signJws('{"sub":"alice","jti":"j"}', keys, { typ: 'at+jwt' })
    const odd = signJws('{"sub":"alice","jti":"j","exp":"never"}', keys, { typ: 'at+jwt' })
    expect(codeOf(() => jwt.decodeToken(endless, { allowExpired: true }))).toBe('token_claim_missing')
    expect(codeOf(() => jwt.decodeToken(odd, { allowExpired: true }))).toBe('token_claim_invalid')
  })

  it('an infinite freshness is invalid', () => {
    const payload = `{"sub":"alice","jti":"j","exp":${now + 60},"fresh":1e309}`
    const token = signJws(payload, keys, { typ: 'at+jwt' })
    expect(codeOf(() => make().verify(token, { fresh: true }))).toBe('token_claim_invalid')
  })
})

describe('a callback', () => {
  it('that hangs does not hold back the response whose cookies are to be renewed', async () => {
    const jwt = make({
      tokenLocation: 'cookies',
      renewCookiesWithinSeconds: 1000,
      revocationTimeoutSeconds: 1,
      isRevoked: () => new Promise<never>(() => {}),
    })
    const verified = jwt.verify(jwt.createAccessToken('alice'))
    const { promise, resolve } = Promise.withResolvers<string>()
    const timer = setTimeout(resolve, 2000, 'still waiting')
    const renewed = Promise.resolve(renewedCookies(jwt, { ...verified, location: 'cookies' }, []))
    expect(await Promise.race([renewed, promise])).toEqual([])
    clearTimeout(timer)
  })

  it('that finds no user is distinguished from a crash, whatever the identity is', () => {
    const jwt = make({ loadUser: () => null, verifySub: false, identityClaim: 'who' })
    const token = signToken({ jti: 'j', exp: now + 60, who: { toString: 1 } }, keys, { typ: 'at+jwt' })
    expect(codeOf(() => createGuard(jwt)(request({ authorization: `Bearer ${token}` })))).toBe('user_not_found')
  })

  it('that throws token_missing does not make the request anonymous', () => {
    const inner = createGuard(make())
    const jwt = make({
      verifyClaims: () => inner(request({})) !== undefined,
    })
    const guard = createGuard(jwt, { optional: true })
    const bearer = request({ authorization: `Bearer ${jwt.createAccessToken('alice')}` })
    expect(codeOf(() => guard(bearer))).toBe('token_missing')
  })
})

describe('a key file as a secret', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string
  const der = publicKey.export({ type: 'spki', format: 'der' })
  const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }))
  const forms: [what: string, secret: string | Uint8Array][] = [
    ['PEM in base64, as environments carry it', Buffer.from(pem).toString('base64')],
    ['PEM in base64url', Buffer.from(pem).toString('base64url')],
    ['PEM in lines of base64', Buffer.from(pem).toString('base64').replace(/.{76}/g, '$&\n')],
    ['a JWK in base64', Buffer.from(jwk).toString('base64')],
    ['DER in base64, in quotes', `"${der.toString('base64')}"`],
    ['DER in base64, behind a byte order mark', `\ufeff${der.toString('base64')}`],
    ['DER in hexadecimal', der.toString('hex')],
    ['PEM with its line breaks written out', pem.replaceAll('\n', '\\n')],
    ['PEM in quotes', JSON.stringify(pem)],
  ]
  it.each(forms)('is recognised: %s', (_what, secret) => {
    expect(codeOf(() => importKey({ secret }))).toBe('key_kind_mismatch')
  })

  it('is not suspected in secrets that only look like one', () => {
    for (const length of [32, 48, 64, 256]) {
      for (const encoding of ['base64', 'base64url', 'hex'] as const) {
        expect(codeOf(() => importKey({ secret: randomBytes(length).toString(encoding) }))).toBe('accepted')
      }
    }
  })
})

describe('a key', () => {
  it('on a custom curve is not accepted as a key on P-256', () => {
    // As in CVE-2020-0601: the curve has explicit parameters, with another generator, chosen to fit a private key.
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' })
    const der = publicKey.export({ type: 'spki', format: 'der' })
    const generator = Buffer.from('046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296', 'hex')
    const forged = Buffer.from(der)
    der.copy(forged, der.indexOf(generator), der.length - 65)
    for (const input of [{ algorithm: 'ES256' as const, kid: 'k' }, { algorithm: 'ES256' as const }, { kid: 'k' }]) {
      expect(codeOf(() => importKey({ publicKey: forged, ...input }))).toMatch(/^key_/)
    }
  })
})

describe('a token is either refused with a code when it is issued, or can be read:', () => {
  const deep = Array.from({ length: 40 }).reduce<object>((inner) => ({ inner }), {})
  const jwt = make()
  const read = (token: string) => verifyToken(token, keys, { now, requireExp: false })
  const table: [why: string, makeAndRead: () => unknown][] = [
    ['alg undefined', () => read(signToken({ sub: 'alice' }, keys, { alg: undefined }))],
    ['an audience of a number', () => read(signToken({ aud: 5 }, keys))],
    ['an audience with a number', () => read(signToken({ aud: ['api', 5] }, keys))],
    ['claims nested beyond what is read', () => read(signToken({ deep }, keys))],
    ['claims of null', () => read(signToken(null as never, keys))],
    ['typ undefined', () => jwt.verify(jwt.createAccessToken('alice', { additionalHeaders: { typ: undefined } }))],
    ['fresh null', () => jwt.verify(jwt.createAccessToken('alice', { fresh: null as never }))],
  ]
  it.each(table)('%s', (_why, makeAndRead) => {
    expect(codeOf(makeAndRead)).toMatch(/^(?:accepted|claims_invalid|header_invalid|option_invalid)$/)
  })
})

describe('the bare header', () => {
  it('is read in a time that grows with its length, and not with its square', () => {
    const guard = createGuard(make({ headerType: '' }))
    // A pattern that starts again at each space would take more than half a minute, and the test would time out.
    const header = `x${' '.repeat(120_000)}x`
    const codes = Array.from({ length: 10 }, () => codeOf(() => guard(request({ authorization: header }))))
    expect(new Set(codes)).toEqual(new Set(['credentials_malformed']))
  })
})

describe('a cookie', () => {
  const jwt = make({ tokenLocation: 'cookies' })
  const token = jwt.createAccessToken('alice')
  const cookie = `__Host-access_token=${token}`

  it('requires its CSRF value if the method is in lower case', () => {
    expect(codeOf(() => createGuard(jwt)(request({ cookie }, 'patch')))).toBe('csrf_missing')
  })

  it('is refused if Sec-Fetch-Site has a value that no browser sends', () => {
    const own = { cookie, 'x-csrf-token': jwt.getCsrfToken(token) }
    for (const site of ['', 'Cross-Site', 'cross-site, same-origin', 'unknown']) {
      const view = request({ ...own, 'sec-fetch-site': site }, 'POST')
      expect([site, codeOf(() => createGuard(jwt)(view))]).toEqual([site, 'cross_site_refused'])
    }
  })

  it('must have the exact name: characters that are white space only to JavaScript are part of it', () => {
    for (const blank of ['\u00a0', '\u000b', '\u000c', '\ufeff', '\u2003']) {
      const view = request({ cookie: `${blank}__Host-access_token=${token}` })
      expect(codeOf(() => createGuard(jwt)(view))).toBe('token_missing')
    }
  })
})
