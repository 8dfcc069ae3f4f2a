import {
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hasCurve, isAvailable, runtime } from '../../../test/runtime.ts'
import type { ConfigurationErrorCode } from '../../errors.ts'
import type { AlgorithmName } from '../algorithms.ts'
import { signJws } from '../sign.ts'
import { verifyJws } from '../verify.ts'
import { generateKey, importKey, type KeyInput } from './import-key.ts'
import { exportJwk, type Jwk } from './jwk.ts'

// Deno does not even read such a key.
const unfitExponent = runtime === 'Deno' ? 'key_invalid' : 'key_too_weak'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
const secret = 'a secret of more than thirty-two bytes, made for tests'
const pem = (key: KeyObject) => key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }) as string
const der = (key: KeyObject) => key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'der' })
const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' }) as Jwk

function codeOf(input: unknown): ConfigurationErrorCode | 'accepted' {
  try {
    importKey(input as KeyInput)
    return 'accepted'
  } catch (error) {
    return (error as { code: ConfigurationErrorCode }).code
  }
}

describe('importKey reads', () => {
  const pkcs1 = { type: 'pkcs1', format: 'pem' } as const
  const accepted: [what: string, input: KeyInput, algorithm: AlgorithmName][] = [
    ['a secret as text', { secret }, 'HS256'],
    ['a secret as bytes', { secret: randomBytes(32) }, 'HS256'],
    ['a longer secret for HS512', { secret: randomBytes(64), algorithm: 'HS512' }, 'HS512'],
    ['a private key as PEM', { privateKey: pem(ec.privateKey) }, 'ES256'],
    ['a private key as DER', { privateKey: der(ec.privateKey) }, 'ES256'],
    ['a private key in SEC1', { privateKey: ec.privateKey.export({ type: 'sec1', format: 'pem' }) }, 'ES256'],
    ['a private key in PKCS#1', { privateKey: rsa.privateKey.export(pkcs1), algorithm: 'PS256' }, 'PS256'],
    ['a private KeyObject', { privateKey: ed.privateKey }, 'EdDSA'],
    ['a public key as PEM', { publicKey: pem(rsa.publicKey), algorithm: 'RS256' }, 'RS256'],
    ['a public key as PEM in bytes', { publicKey: Buffer.from(pem(ed.publicKey)) }, 'EdDSA'],
    ['a public key as DER', { publicKey: der(ec.publicKey) }, 'ES256'],
    ['a public key in PKCS#1', { publicKey: rsa.publicKey.export(pkcs1), algorithm: 'RS512' }, 'RS512'],
    ['a public KeyObject', { publicKey: ec.publicKey }, 'ES256'],
    ['a JWK that names its algorithm', { jwk: { ...jwkOf(rsa.publicKey), alg: 'RS384' } }, 'RS384'],
    ['a JWK whose curve does', { jwk: jwkOf(ec.privateKey) }, 'ES256'],
    ['a JWK with a secret', { jwk: { kty: 'oct', k: randomBytes(48).toString('base64url'), alg: 'HS384' } }, 'HS384'],
    ['a JWK with members it does not know', { jwk: { ...jwkOf(ed.publicKey), x5t: 'x', ext: true } as Jwk }, 'EdDSA'],
  ]
  it.each(accepted)('%s', (_what, input, algorithm) => {
    expect(importKey(input).algorithm).toBe(algorithm)
  })

  it('a kid as given, a kid of the JWK, or the thumbprint, the same for both halves', () => {
    expect(importKey({ secret, kid: 'mine' }).kid).toBe('mine')
    expect(importKey({ jwk: { ...jwkOf(ec.publicKey), kid: 'theirs' } }).kid).toBe('theirs')
    expect(importKey({ publicKey: ec.publicKey }).kid).toBe(importKey({ privateKey: ec.privateKey }).kid)
    expect(importKey({ publicKey: ec.publicKey }).kid).toMatch(/^[\w-]{43}$/)
  })
})

describe('importKey refuses', () => {
  const otherEc = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
  const otherRsa = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
  const publicPem = pem(rsa.publicKey)
  const publicJwk = JSON.stringify(jwkOf(rsa.publicKey))
  const refused: [why: string, input: unknown, code: ConfigurationErrorCode][] = [
    ['nothing', undefined, 'key_kind_mismatch'],
    ['no kind', {}, 'key_kind_mismatch'],
    ['two kinds', { secret, publicKey: publicPem }, 'key_kind_mismatch'],
    ['a secret that the environment lacks', { secret: undefined }, 'key_invalid'],
    ['null', { secret: null }, 'key_invalid'],
    ['false', { secret: false }, 'key_invalid'],
    ['an object with a hostile toString', { secret: { toString: () => secret } }, 'key_invalid'],
    ['an empty secret', { secret: '' }, 'key_too_weak'],
    ['an empty buffer', { secret: Buffer.alloc(0) }, 'key_too_weak'],
    ['31 bytes for HS256', { secret: randomBytes(31) }, 'key_too_weak'],
    ['47 bytes for HS384', { secret: randomBytes(47), algorithm: 'HS384' }, 'key_too_weak'],
    ['63 bytes for HS512', { secret: randomBytes(63), algorithm: 'HS512' }, 'key_too_weak'],
    ['an empty k', { jwk: { kty: 'oct', k: '', alg: 'HS256' } }, 'key_invalid'],
    ['a short k', { jwk: { kty: 'oct', k: 'YWJj', alg: 'HS256' } }, 'key_too_weak'],
    ['a secret for RS256', { secret, algorithm: 'RS256' }, 'key_algorithm_mismatch'],
    ['an RSA key for HS256', { publicKey: publicPem, algorithm: 'HS256' }, 'key_algorithm_mismatch'],
    ['an RSA key for ES256', { privateKey: rsa.privateKey, algorithm: 'ES256' }, 'key_algorithm_mismatch'],
    ['P-256 for ES384', { privateKey: ec.privateKey, algorithm: 'ES384' }, 'key_algorithm_mismatch'],
    ['Ed25519 for ES256', { publicKey: ed.publicKey, algorithm: 'ES256' }, 'key_algorithm_mismatch'],
    ['none', { secret, algorithm: 'none' }, 'key_algorithm_mismatch'],
    ['an algorithm of the prototype', { secret, algorithm: 'constructor' }, 'key_algorithm_mismatch'],
    ['RSA without an algorithm', { publicKey: publicPem }, 'key_algorithm_missing'],
    ['a JWK of type oct without one', { jwk: { kty: 'oct', k: 'A'.repeat(43) } }, 'key_algorithm_missing'],
    [
      'a JWK that disagrees',
      { jwk: { ...jwkOf(rsa.publicKey), alg: 'RS256' }, algorithm: 'PS256' },
      'key_algorithm_mismatch',
    ],
    ['a JWK for encryption', { jwk: { ...jwkOf(ec.publicKey), use: 'enc' } }, 'key_use_refused'],
    ['key_ops that allow neither', { jwk: { ...jwkOf(ec.publicKey), key_ops: ['deriveKey'] } }, 'key_use_refused'],
    ['key_ops that is no list', { jwk: { ...jwkOf(ec.publicKey), key_ops: 'verify' } }, 'key_invalid'],
    ['a JWK as text', { jwk: publicJwk }, 'key_invalid'],
    ['a JWK without kty', { jwk: { n: 'AQAB' } }, 'key_invalid'],
    ['a kty of the prototype', { jwk: { kty: 'toString' } }, 'key_invalid'],
    ['a JWK with padding', { jwk: { ...jwkOf(ec.publicKey), x: `${jwkOf(ec.publicKey).x}=` } }, 'key_invalid'],
    ['a point off the curve', { jwk: { ...jwkOf(ec.publicKey), y: jwkOf(ec.publicKey).x } }, 'key_invalid'],
    ['a private half of another key, EdDSA', { jwk: { ...jwkOf(ed.privateKey), d: 'A'.repeat(43) } }, 'key_invalid'],
    ['a private half of another key, ES256', { jwk: { ...jwkOf(ec.privateKey), d: otherEc.d } }, 'key_invalid'],
    ['a public half of another key, ES256', { jwk: { ...otherEc, d: jwkOf(ec.privateKey).d } }, 'key_invalid'],
    [
      'a public half of another key, RSA',
      { jwk: { ...jwkOf(rsa.privateKey), n: otherRsa.n, alg: 'RS256' } },
      'key_invalid',
    ],
    ['a private key as public', { publicKey: pem(ec.privateKey) }, 'key_kind_mismatch'],
    ['a private key as public, DER', { publicKey: der(ec.privateKey) }, 'key_kind_mismatch'],
    ['a private KeyObject as public', { publicKey: ec.privateKey }, 'key_kind_mismatch'],
    ['a public key as private', { privateKey: pem(ec.publicKey) }, 'key_kind_mismatch'],
    ['a public KeyObject as secret', { secret: ec.publicKey }, 'key_kind_mismatch'],
    ['no key at all', { publicKey: 'hello' }, 'key_invalid'],
    ['a broken PEM', { publicKey: publicPem.replace(/[A-Z]{4}/, '!!!!') }, 'key_invalid'],
    ['X25519', { privateKey: generateKeyPairSync('x25519').privateKey }, 'key_invalid'],
    [
      'RSA of 1,024 bits',
      { privateKey: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, algorithm: 'RS256' },
      'key_too_weak',
    ],
    ['an exponent of 1', { jwk: { ...jwkOf(rsa.publicKey), e: 'AQ', alg: 'RS256' } }, unfitExponent],
    ['an even exponent', { jwk: { ...jwkOf(rsa.publicKey), e: 'AQAA', alg: 'RS256' } }, unfitExponent],
    ['an empty kid', { secret, kid: '' }, 'key_invalid'],
  ]
  it.runIf(hasCurve('secp256k1'))('secp256k1', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    expect(codeOf({ privateKey })).toBe('key_invalid')
  })

  it.each(refused)('%s', (_why, input, code) => {
    expect(codeOf(input)).toBe(code)
  })

  const keyTexts: [what: string, text: string | Uint8Array][] = [
    ['PEM', publicPem],
    ['PKCS#1 PEM', rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }) as string],
    ['a private PEM', pem(rsa.privateKey)],
    ['DER', der(rsa.publicKey)],
    ['PKCS#1 DER', rsa.publicKey.export({ type: 'pkcs1', format: 'der' })],
    ['DER as base64', der(rsa.publicKey).toString('base64')],
    ['DER as base64url', der(ec.publicKey).toString('base64url')],
    ['JWK text', publicJwk],
    ['JWKS text', `{"keys":[${publicJwk}]}`],
    ['JWKS text with line breaks', JSON.stringify({ keys: [jwkOf(ec.publicKey)] }, null, 2)],
    ['an SSH key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@host'],
  ]
  const prefixes = ['', ' ', '\t', '\r\n', '\ufeff', '#', '\u200b', '\u0000', 'x', '// key\n']
  it.each(keyTexts)('%s as a secret, as a KeyObject and as a JWK', (_what, text) => {
    const bytes = Buffer.from(text as string)
    expect(codeOf({ secret: createSecretKey(bytes) })).toBe('key_kind_mismatch')
    expect(codeOf({ jwk: { kty: 'oct', alg: 'HS256', k: bytes.toString('base64url') } })).toBe('key_kind_mismatch')
  })

  it.each(keyTexts)('%s as a secret, whatever stands before it', (_what, text) => {
    const spellings =
      typeof text === 'string' && !/^[\w+/=-]+$/.test(text) ? prefixes.map((prefix) => prefix + text) : [text]
    for (const spelling of spellings) {
      expect([spelling.slice(0, 3), codeOf({ secret: spelling })]).toEqual([spelling.slice(0, 3), 'key_kind_mismatch'])
    }
  })

  it('Ed25519 points that one signature fits for every token', () => {
    const smallOrder = ['00'.repeat(32), `01${'00'.repeat(31)}`, `ec${'ff'.repeat(30)}7f`, `01${'00'.repeat(30)}80`]
    for (const point of smallOrder) {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(point, 'hex').toString('base64url') }
      expect([point, codeOf({ jwk })]).toEqual([point, 'key_too_weak'])
    }
  })

  it('a modulus of the ROCA generator (CVE-2017-15361), and takes moduli of others', () => {
    const n =
      'AanFpofbj7KjD4Lf-N2hVMKR7yewSyXhhbirIMTGpfYEhZ_lnt5UoK98DnKIgArXGTu3MaW_HhFw16HGaTDUHqPrId7fe4r11CqRw09yBFuW79V8sYIwHdzCaWflUI6auImYbVfoN9_nD5n8N8SY9DwXw7mwZM9wREPXoDPgOoIWl6q_MPsp7n0zs3Z5ZaiQWOOzl1S9OhwAfSiiOwz6efnXEaxuTEtPd7BjSx7NaFka8Dx9U7YqXy2RFj1O9PjyaDGuRh7YXsX3iMUSP_wSyHQg_c_qHRtKUsNSGCT7OZg0hzm2KphtjnayKJvC64vAbROBR4Ubg6Bxg9IQVZ-QYyE'
    expect(codeOf({ jwk: { kty: 'RSA', n, e: 'AQAB', alg: 'RS256' } })).toBe('key_too_weak')
    expect(codeOf({ publicKey: rsa.publicKey, algorithm: 'RS256' })).toBe('accepted')
  })
})

describe('a key', () => {
  it('shows none of its material when it is printed or turned into JSON', async () => {
    const { inspect } = await import('node:util')
    const key = importKey({ secret })
    for (const text of [inspect(key, { depth: 9, showHidden: true }), JSON.stringify(key), String(key)]) {
      expect(text).not.toContain('thirty-two')
    }
  })

  it('does what key_ops allow and no more', () => {
    const signing = importKey({ jwk: { ...jwkOf(ec.privateKey), key_ops: ['sign'] } })
    const verifying = importKey({ jwk: { ...jwkOf(ec.privateKey), key_ops: ['verify'] } })
    const token = signJws('x', signing)
    expect(verifyJws(token, verifying).header.alg).toBe('ES256')
    expect(() => verifyJws(token, signing)).toThrow(expect.objectContaining({ code: 'token_algorithm_refused' }))
    expect(() => signJws('x', verifying)).toThrow(expect.objectContaining({ code: 'key_missing' }))
  })

  it('never takes the place of another: HMAC over a public key verifies nothing', () => {
    const key = importKey({ publicKey: rsa.publicKey, algorithm: 'RS256' })
    const signedPart = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.e30`
    for (const material of [pem(rsa.publicKey), der(rsa.publicKey), JSON.stringify(jwkOf(rsa.publicKey))]) {
      const token = `${signedPart}.${createHmac('sha256', material).update(signedPart).digest('base64url')}`
      expect(() => verifyJws(token, key)).toThrow(expect.objectContaining({ code: 'token_algorithm_refused' }))
    }
  })
})

describe('exportJwk', () => {
  const names: AlgorithmName[] = [
    'RS256',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
    'ML-DSA-44',
    'ML-DSA-65',
    'ML-DSA-87',
  ]
  it.each(names.filter(isAvailable))(
    '%s: the public half alone, which verifies; all of it where that is asked, which signs',
    (name) => {
      const key = generateKey(name, { kid: 'k' })
      const jwk = exportJwk(key)
      expect(Object.keys(jwk).filter((member) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'priv'].includes(member))).toEqual(
        [],
      )
      expect(jwk).toMatchObject({ alg: name, kid: 'k', use: 'sig' })
      const token = signJws('x', importKey({ jwk: exportJwk(key, { private: true }) }))
      expect(verifyJws(token, importKey({ jwk })).header.kid).toBe('k')
    },
  )

  it('never a secret by accident, nor a private half that is not there', () => {
    const wrongKind = expect.objectContaining({ code: 'key_kind_mismatch' })
    expect(() => exportJwk(importKey({ secret }))).toThrow(wrongKind)
    expect(() => exportJwk(importKey({ publicKey: createPublicKey(ec.privateKey) }), { private: true })).toThrow(
      wrongKind,
    )
    const jwk = exportJwk(importKey({ secret }), { private: true })
    expect(Buffer.from(jwk.k ?? '', 'base64url').toString()).toBe(secret)
  })
})
