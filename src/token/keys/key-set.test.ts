import { describe, expect, it } from 'vitest'
import type { TokenErrorCode } from '../../errors.ts'
import { signToken } from '../sign.ts'
import { verifyToken } from '../verify.ts'
import { generateKey, importKey } from './import-key.ts'
import { exportJwk } from './jwk.ts'
import { KeySet } from './key-set.ts'

const claims = { sub: 'alice', exp: 4_000_000_000 }
const old = generateKey('ES256', { kid: 'old' })
const recent = generateKey('ES256', { kid: 'recent' })
const shared = importKey({ secret: 'a secret of more than thirty-two bytes', kid: 'shared' })

function codeOf(token: string, keys: KeySet): TokenErrorCode | 'accepted' {
  try {
    verifyToken(token, keys)
    return 'accepted'
  } catch (error) {
    return (error as { code: TokenErrorCode }).code
  }
}

describe('a KeySet', () => {
  it('signs with the newest key that can, and verifies with all', () => {
    const keys = new KeySet([old])
    const first = signToken(claims, keys)
    keys.add(recent)
    keys.add(importKey({ publicKey: generateKey('ES256').verifyingKey }))
    const second = signToken(claims, keys)
    expect(verifyToken(first, keys).sub).toBe('alice')
    expect(verifyToken(second, new KeySet([recent])).sub).toBe('alice')
  })

  it('rejects the tokens of a withdrawn key, even those accepted before, and no others', () => {
    const keys = new KeySet([old, recent])
    const [before, after] = [signToken(claims, old), signToken(claims, recent)]
    expect([codeOf(before, keys), codeOf(after, keys)]).toEqual(['accepted', 'accepted'])
    expect(keys.withdraw('old')).toBe(true)
    expect([codeOf(before, keys), codeOf(after, keys)]).toEqual(['token_key_unknown', 'accepted'])
    expect(keys.withdraw('old')).toBe(false)
    expect(keys.withdraw('recent')).toBe(true)
    expect(codeOf(after, keys)).toBe('token_key_unknown')
    expect(() => signToken(claims, keys)).toThrow(expect.objectContaining({ code: 'key_missing' }))
  })

  const kids: [what: string, kid: unknown, code: TokenErrorCode | 'accepted'][] = [
    ['the kid of the key', 'old', 'accepted'],
    ['no kid', undefined, 'accepted'],
    ['the kid of another key', 'recent', 'token_signature_invalid'],
    ['the kid of a key of another algorithm', 'shared', 'token_algorithm_refused'],
    ['an unknown kid', 'nobody', 'token_key_unknown'],
    ['an empty kid', '', 'token_key_unknown'],
    ['a path', '../../dev/null', 'token_key_unknown'],
    ['SQL', "' OR 1=1 --", 'token_key_unknown'],
    ['NUL', 'old\u0000', 'token_key_unknown'],
    ['a name of the prototype', '__proto__', 'token_key_unknown'],
    ['4,000 characters', 'k'.repeat(4000), 'token_key_unknown'],
  ]
  it.each(kids)('answers a token that names %s', (_what, kid, code) => {
    const token = signToken(claims, old, { kid: kid as string })
    const keys = new KeySet([old, recent, shared])
    expect([codeOf(token, keys), codeOf(token, keys)]).toEqual([code, code])
  })

  it('tries every key of the algorithm for an unknown kid with kidIsHint', () => {
    const keys = new KeySet([recent, old, shared], { kidIsHint: true })
    expect(codeOf(signToken(claims, old, { kid: 'nobody' }), keys)).toBe('accepted')
    expect(codeOf(signToken(claims, generateKey('ES256'), { kid: 'nobody' }), keys)).toBe('token_signature_invalid')
    expect(codeOf(signToken(claims, generateKey('EdDSA'), { kid: 'nobody' }), keys)).toBe('token_algorithm_refused')
  })

  it('verifies with no key that may only sign', () => {
    const jwk = exportJwk(old, { private: true })
    const keys = new KeySet([importKey({ jwk: { ...jwk, key_ops: ['sign'] } })])
    expect(codeOf(signToken(claims, keys), keys)).toBe('token_algorithm_refused')
    expect(codeOf(signToken(claims, keys, { kid: undefined }), keys)).toBe('token_algorithm_refused')
    expect(keys.toJwks()).toEqual({ keys: [] })
  })

  it('knows whether any of its keys signs', () => {
    const verifies = importKey({ publicKey: old.verifyingKey })
    expect(new KeySet().onlyVerifies).toBe(false)
    expect(new KeySet([verifies]).onlyVerifies).toBe(true)
    expect(new KeySet([verifies, recent]).onlyVerifies).toBe(false)
    expect([...new KeySet([verifies, recent])]).toEqual([verifies, recent])
  })

  it('accepts no algorithm while it is empty, and `none` least of all', () => {
    expect(codeOf(signToken(claims, old), new KeySet())).toBe('token_key_unknown')
    expect(codeOf(`${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`, new KeySet())).toBe(
      'token_algorithm_refused',
    )
  })

  it('contains only keys, and one of each kid and algorithm', () => {
    const invalid = expect.objectContaining({ code: 'key_invalid' })
    expect(() => new KeySet([old, generateKey('ES256', { kid: 'old' })])).toThrow(invalid)
    expect(() => new KeySet([{ kid: 'x', algorithm: 'HS256', canVerify: true } as never])).toThrow(invalid)
    for (const cacheSize of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new KeySet([], { cacheSize })).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    }
  })

  it.each([0, 1, 10_000])('caches tokens with a cacheSize of %i, unless it is 0', (cacheSize) => {
    const keys = new KeySet([old], { cacheSize })
    const token = signToken(claims, keys)
    for (let turn = 0; turn < 3; turn++) expect(codeOf(token, keys)).toBe('accepted')
    expect(keys.verified?.get(token) !== undefined).toBe(cacheSize > 0)
  })

  it('publishes the public halves and no secret', () => {
    const jwks = new KeySet([old, shared, recent]).toJwks()
    expect(jwks.keys.map(({ kid }) => kid)).toEqual(['old', 'recent'])
    expect(JSON.stringify(jwks)).not.toMatch(/"(?:d|k)":/)
  })
})
