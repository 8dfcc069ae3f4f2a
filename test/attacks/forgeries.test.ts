import {
  constants,
  createHash,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  privateEncrypt,
  sign,
} from 'node:crypto'
import { exportJwk, generateKey, importKey, JwtManager, type Key, KeySet, verifyJws, verifyToken } from 'hallpass'
import { describe, expect, it } from 'vitest'

// Forgeries that need work on the bytes of a signature or on many tokens. The others are in the tables beside the code.
// docs/security.md says where each is.

const now = 1_795_434_203
const payload = { sub: 'alice', jti: 'j', type: 'access', exp: now + 60 }
const encode = (part: object | string) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')

/** The answer for every way to pass a key to hallpass, each asked twice: for a new token, and for one that was seen. */
function answersOf(token: string, key: Key): string[] {
  const set = new KeySet([key], { kidIsHint: true })
  const manager = new JwtManager({ keys: set, clock: () => now })
  const resolving = new JwtManager({ keys: new KeySet(), verifyingKeyFor: () => set, clock: () => now })
  const ways = [
    () => verifyJws(token, key),
    () => verifyToken(token, key, { now }),
    () => verifyToken(token, set, { now }),
    () => manager.verify(token),
    () => resolving.verify(token),
  ]
  return [...ways, ...ways].map((way) => {
    try {
      way()
      return 'accepted'
    } catch (error) {
      return (error as { code?: string }).code ?? `${error}`
    }
  })
}

const all = (code: string) => Array.from({ length: 10 }, () => code)
const header = (alg: unknown) => encode({ alg, typ: 'at+jwt' })

describe('T1: an alg that is not an algorithm', () => {
  const keys = [generateKey('HS256'), generateKey('RS256'), generateKey('ES256'), generateKey('EdDSA')]
  const algs = [
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    ' none',
    'none ',
    null,
    undefined,
    0,
    1,
    true,
    ['HS256'],
    ['none'],
    { alg: 'HS256' },
  ]
  it.each(algs)('%j is refused by every kind of key', (alg) => {
    for (const key of keys) {
      for (const signature of ['', 'AA', encode('x'.repeat(64))]) {
        const token = `${header(alg)}.${encode(payload)}.${signature}`
        expect(new Set(answersOf(token, key))).toEqual(new Set(['token_algorithm_refused']))
      }
    }
  })
})

describe('T2: the public key as an HMAC secret', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = importKey({ publicKey, algorithm: 'RS256' })
  const jwk = exportJwk(key)
  const texts = {
    'SPKI PEM': publicKey.export({ type: 'spki', format: 'pem' }),
    'SPKI PEM without its last line break': publicKey.export({ type: 'spki', format: 'pem' }).toString().trim(),
    'PKCS#1 PEM': publicKey.export({ type: 'pkcs1', format: 'pem' }),
    DER: publicKey.export({ type: 'spki', format: 'der' }),
    'JWK text': JSON.stringify(jwk),
    'JWKS text': JSON.stringify({ keys: [jwk] }),
    modulus: Buffer.from(jwk.n ?? '', 'base64url'),
    'an empty secret': '',
  }
  it.each(Object.entries(texts))('%s signs nothing that verifies', (_what, secret) => {
    for (const alg of ['HS256', 'RS256']) {
      const signedPart = `${header(alg)}.${encode(payload)}`
      const token = `${signedPart}.${createHmac('sha256', secret).update(signedPart).digest('base64url')}`
      expect(answersOf(token, key)).toEqual(
        all(alg === 'HS256' ? 'token_algorithm_refused' : 'token_signature_invalid'),
      )
    }
  })
})

describe('T5: a key in the header', () => {
  it('is never used, whatever header member contains it', () => {
    const mine = generateKey('ES256')
    const attacker = generateKey('ES256')
    const jwk = exportJwk(attacker)
    for (const member of [
      { jwk },
      { jku: 'http://127.0.0.1:1/jwks' },
      { x5u: 'http://127.0.0.1:1/' },
      { x5c: ['AA=='] },
    ]) {
      const signedPart = `${encode({ alg: 'ES256', typ: 'at+jwt', ...member })}.${encode(payload)}`
      const token = `${signedPart}.${attacker.sign(signedPart).toString('base64url')}`
      expect(answersOf(token, mine)).toEqual(all('token_signature_invalid'))
    }
  })
})

describe('T12: ECDSA', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = importKey({ privateKey })
  const signedPart = `${header('ES256')}.${encode(payload)}`
  const good = key.sign(signedPart)
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
  const zero = Buffer.alloc(32)
  const most = Buffer.alloc(32, 0xff)
  const [r, s] = [good.subarray(0, 32), good.subarray(32)]
  const signatures: [what: string, signature: Buffer][] = [
    ['r = s = 0', Buffer.concat([zero, zero])],
    ['r = 0', Buffer.concat([zero, s])],
    ['s = 0', Buffer.concat([r, zero])],
    ['r = n', Buffer.concat([order, s])],
    ['s = n', Buffer.concat([r, order])],
    ['r = s = n', Buffer.concat([order, order])],
    ['s > n', Buffer.concat([r, most])],
    ['r > n', Buffer.concat([most, s])],
    ['r = s = 1', Buffer.concat([zero.subarray(1), Buffer.of(1), zero.subarray(1), Buffer.of(1)])],
    ['r and s exchanged', Buffer.concat([s, r])],
    ['one byte short', good.subarray(1)],
    ['one byte short at the end', good.subarray(0, 63)],
    ['one byte long', Buffer.concat([good, Buffer.of(0)])],
    ['zeros before both, as for P-384', Buffer.concat([Buffer.alloc(16), r, Buffer.alloc(16), s])],
    ['DER in place of raw', sign('sha256', Buffer.from(signedPart), privateKey)],
    ['empty', Buffer.alloc(0)],
  ]
  it.each(signatures)('%s', (_what, signature) => {
    expect(answersOf(`${signedPart}.${signature.toString('base64url')}`, key)).toEqual(all('token_signature_invalid'))
  })

  it('accepts the signature that these were made from', () => {
    expect(answersOf(`${signedPart}.${good.toString('base64url')}`, key)).toEqual(all('accepted'))
  })
})

describe('T13: Ed25519', () => {
  const key = generateKey('EdDSA')
  const signedPart = `${header('EdDSA')}.${encode(payload)}`
  const good = key.sign(signedPart)

  it('rejects an s that is larger by the order of the group', () => {
    const order = (1n << 252n) + 27742317777372353535851937790883648493n
    const s = BigInt(`0x${Buffer.from(good.subarray(32)).reverse().toString('hex')}`) + order
    const bytes = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()
    const token = `${signedPart}.${Buffer.concat([good.subarray(0, 32), bytes]).toString('base64url')}`
    expect(answersOf(token, key)).toEqual(all('token_signature_invalid'))
  })

  it('rejects signatures with points of small order', () => {
    for (const point of ['00'.repeat(32), `01${'00'.repeat(31)}`, `ec${'ff'.repeat(30)}7f`]) {
      const token = `${signedPart}.${Buffer.from(point + '00'.repeat(32), 'hex').toString('base64url')}`
      expect(answersOf(token, key)).toEqual(all('token_signature_invalid'))
    }
  })
})

describe('T14: RSA', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
  const key = importKey({ privateKey, algorithm: 'RS256' })
  const signedPart = `${header('RS256')}.${encode(payload)}`
  const good = key.sign(signedPart)
  const digestInfo = Buffer.concat([
    Buffer.from('3031300d060960864801650304020105000420', 'hex'),
    createHash('sha256').update(signedPart).digest(),
  ])
  /** Signs a handmade PKCS#1 block without padding, as a forger would like to. */
  const signBlock = (block: Buffer) =>
    privateEncrypt(
      { key: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })), padding: constants.RSA_NO_PADDING },
      block,
    )
  const padded = (padding: number, tail: Buffer) =>
    Buffer.concat([
      Buffer.of(0, 1),
      Buffer.alloc(padding, 0xff),
      Buffer.of(0),
      tail,
      Buffer.alloc(256 - 3 - padding - tail.length),
    ])

  it('accepts the block of the standard', () => {
    expect(
      answersOf(
        `${signedPart}.${signBlock(padded(256 - 3 - digestInfo.length, digestInfo)).toString('base64url')}`,
        key,
      ),
    ).toEqual(all('accepted'))
  })

  const withoutNull = Buffer.concat([Buffer.from('302f300b0609608648016503040201', 'hex'), digestInfo.subarray(17)])
  const signatures: [what: string, signature: Buffer][] = [
    ['little padding and rubbish at the end (Bleichenbacher 2006)', signBlock(padded(8, digestInfo))],
    ['rubbish in the digest info', signBlock(padded(100, Buffer.concat([digestInfo, Buffer.alloc(50, 7)])))],
    ['parameters left out', signBlock(padded(256 - 3 - withoutNull.length, withoutNull))],
    [
      'a wrong block type',
      signBlock(Buffer.concat([Buffer.of(0, 2), padded(256 - 3 - digestInfo.length, digestInfo).subarray(2)])),
    ],
    ['a zero before it', Buffer.concat([Buffer.of(0), good])],
    ['a byte cut off', good.subarray(1)],
    ['all zero', Buffer.alloc(256)],
    ['one', Buffer.concat([Buffer.alloc(255), Buffer.of(1)])],
    ['all ones, more than the modulus', Buffer.alloc(256, 0xff)],
    ['PSS in place of PKCS#1', importKey({ privateKey, algorithm: 'PS256' }).sign(signedPart)],
  ]
  it.each(signatures)('%s', (_what, signature) => {
    expect(answersOf(`${signedPart}.${signature.toString('base64url')}`, key)).toEqual(all('token_signature_invalid'))
  })
})

describe('T14: an RSA signature that begins with a zero', () => {
  it.each(['RS256', 'PS256', 'PS512'] as const)('is refused without it: %s', (algorithm) => {
    const key = generateKey(algorithm)
    // One signature in 256 begins with a zero, which does not change its value as a number.
    for (let i = 0; i < 10_000; i++) {
      const signedPart = `${header(algorithm)}.${encode({ ...payload, jti: `${i}` })}`
      const signature = key.sign(signedPart)
      if (signature[0] !== 0) continue
      expect(answersOf(`${signedPart}.${signature.toString('base64url')}`, key)).toEqual(all('accepted'))
      const cut = signature.subarray(1).toString('base64url')
      expect(answersOf(`${signedPart}.${cut}`, key)).toEqual(all('token_signature_invalid'))
      return
    }
    expect.unreachable('no signature began with a zero')
  })
})

describe('T11 and T20: many and large tokens', () => {
  it('twenty thousand forged tokens leave nothing behind, and as many valid ones no more than the cache may contain', () => {
    const key = generateKey('HS256')
    const keys = new KeySet([key], { cacheSize: 1000 })
    const sign = (i: number, by: Key) => {
      const signedPart = `${encode({ alg: 'HS256', kid: key.kid })}.${encode({ ...payload, jti: `${i}` })}`
      return `${signedPart}.${by.sign(signedPart).toString('base64url')}`
    }
    const held = (tokens: string[]) => tokens.filter((token) => keys.verified?.get(token) !== undefined).length
    const attacker = generateKey('HS256')
    const forged = Array.from({ length: 20_000 }, (_, i) => sign(i, attacker))
    for (const token of [...forged, ...forged]) expect(() => verifyToken(token, keys, { now })).toThrow()
    expect(held(forged)).toBe(0)
    const good = Array.from({ length: 20_000 }, (_, i) => sign(i, key))
    for (const token of good) for (let time = 0; time < 2; time++) verifyToken(token, keys, { now })
    expect(held(good)).toBeGreaterThan(0)
    expect(held(good)).toBeLessThanOrEqual(2000)
  })

  it.each([8193, 1_000_000, 100_000_000])(
    'a token of %i characters is refused, by the set and by a manager',
    (length) => {
      const keys = new KeySet([generateKey('HS256')])
      const token = `${'e'.repeat(length - 4)}.e.e`
      const tooLarge = expect.objectContaining({ code: 'token_too_large' })
      expect(() => verifyToken(token, keys)).toThrow(tooLarge)
      expect(() => new JwtManager({ keys }).verify(token)).toThrow(tooLarge)
    },
  )
})
