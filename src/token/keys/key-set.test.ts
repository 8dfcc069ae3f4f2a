import { describe, expect, it } from 'vitest'
import type { TokenErrorCode } from '../../errors.ts'
import { signToken } from '../sign.ts'
import { verifyToken } from '../verify.ts'
import { generateKey, importKey } from './import-key.ts'
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

  it('refuses the tokens of a withdrawn key, those seen before included, and no others', () => {
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

  it('tries every key of the algorithm for an unknown kid, where that is said to be a hint', () => {
    const keys = new KeySet([recent, old, shared], { kidIsHint: true })
    expect(codeOf(signToken(claims, old, { kid: 'nobody' }), keys)).toBe('accepted')
    expect(codeOf(signToken(claims, generateKey('ES256'), { kid: 'nobody' }), keys)).toBe('token_signature_invalid')
    expect(codeOf(signToken(claims, generateKey('EdDSA'), { kid: 'nobody' }), keys)).toBe('token_algorithm_refused')
  })

  it('refuses any algorithm where it is empty, and none even then', () => {
    expect(codeOf(signToken(claims, old), new KeySet())).toBe('token_key_unknown')
    expect(codeOf(`${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`, new KeySet())).toBe(
      'token_algorithm_refused',
    )
  })

  it('holds one key of a kid and algorithm, and nothing that is no key', () => {
    const invalid = expect.objectContaining({ code: 'key_invalid' })
    expect(() => new KeySet([old, generateKey('ES256', { kid: 'old' })])).toThrow(invalid)
    expect(() => new KeySet([{ kid: 'x', algorithm: 'HS256', canVerify: true } as never])).toThrow(invalid)
    for (const cacheSize of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new KeySet([], { cacheSize })).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    }
  })

  it('publishes the public halves and no secret', () => {
    const jwks = new KeySet([old, shared, recent]).toJwks()
    expect(jwks.keys.map(({ kid }) => kid)).toEqual(['old', 'recent'])
    expect(JSON.stringify(jwks)).not.toMatch(/"(?:d|k)":/)
  })
})
