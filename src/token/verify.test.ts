import { describe, expect, it } from 'vitest'
import type { TokenErrorCode } from '../errors.ts'
import { generateKey, importKey } from './keys/import-key.ts'
import { KeySet } from './keys/key-set.ts'
import { signJws, signToken } from './sign.ts'
import { type VerifyRules, verifyJws, verifyToken } from './verify.ts'

const now = 1_795_434_203
const key = importKey({ secret: 'a secret of more than thirty-two bytes' })
const token = (claims: object = {}, header = {}) => signToken({ sub: 'alice', exp: now + 60, ...claims }, key, header)

function outcome(text: string, keys: KeySet, rules: VerifyRules): TokenErrorCode | 'accepted' {
  try {
    verifyToken(text, keys, rules)
    return 'accepted'
  } catch (error) {
    return (error as { code: TokenErrorCode }).code
  }
}

describe('verifyToken', () => {
  it('returns the claims, frozen, and the same for one key as for a set', () => {
    const claims = verifyToken(token({ roles: ['admin'] }), new KeySet([key]), { now })
    expect(claims).toEqual({ sub: 'alice', exp: now + 60, roles: ['admin'] })
    expect(Object.isFrozen(claims) && Object.isFrozen(claims.roles)).toBe(true)
    expect(verifyToken(token(), key, { now })).toEqual(verifyToken(token(), new KeySet([key]), { now }))
  })

  const typs: [typ: string | undefined, expected: string, result: TokenErrorCode | 'accepted'][] = [
    ['at+jwt', 'at+jwt', 'accepted'],
    ['AT+JWT', 'at+jwt', 'accepted'],
    ['application/at+jwt', 'at+jwt', 'accepted'],
    ['JWT', 'at+jwt', 'token_typ_mismatch'],
    ['text/plain', 'application/text/plain', 'token_typ_mismatch'],
    ['application/text/plain', 'text/plain', 'token_typ_mismatch'],
    ['text/at+jwt', 'at+jwt', 'token_typ_mismatch'],
    ['application/application/at+jwt', 'application/at+jwt', 'token_typ_mismatch'],
    ['Text/Plain', 'text/plain', 'accepted'],
    ['at+jwt', 'application/at+jwt', 'accepted'],
    ['at+jwt2', 'at+jwt', 'token_typ_mismatch'],
    [undefined, 'at+jwt', 'token_typ_mismatch'],
  ]
  it.each(typs)('typ %s, if %s is required: %s', (typ, expected, result) => {
    expect(outcome(token({}, { typ }), new KeySet([key]), { now, typ: expected })).toBe(result)
  })

  it('verifies the signature before any claim', () => {
    const other = importKey({ secret: 'another secret of more than thirty-two bytes', kid: key.kid })
    const keys = new KeySet([key])
    for (const payload of ['{"exp":1}', '{"sub":5}', '{"iss":[]}', '{}']) {
      expect(outcome(signJws(payload, other), keys, { now, issuer: 'me' })).toBe('token_signature_invalid')
      expect(outcome(signJws(payload, key), keys, { now, issuer: 'me' })).not.toBe('token_signature_invalid')
    }
  })
})

describe('a token whose key is unknown', () => {
  const gone = generateKey('HS256', { kid: 'gone' })
  const ofAnother = generateKey('ES256', { kid: 'gone' })
  const forged = generateKey('HS256', { kid: key.kid })
  const cases: [what: string, text: string, rules: VerifyRules, code: TokenErrorCode][] = [
    ['lives', signToken({ exp: now + 1 }, gone), {}, 'token_key_unknown'],
    ['ends now', signToken({ exp: now }, gone), {}, 'token_expired'],
    ['ended long ago', signToken({ exp: 1 }, gone), {}, 'token_expired'],
    ['ended within the leeway', signToken({ exp: now - 4 }, gone), { leewaySeconds: 5 }, 'token_key_unknown'],
    ['ended beyond the leeway', signToken({ exp: now - 5 }, gone), { leewaySeconds: 5 }, 'token_expired'],
    ['has no exp', signJws('{"sub":"alice"}', gone), {}, 'token_key_unknown'],
    ['has an invalid exp', signJws('{"exp":"1"}', gone), {}, 'token_key_unknown'],
    ['ended, and is for another', signToken({ exp: 1, aud: 'b' }, gone), { audience: 'a' }, 'token_expired'],
    ['ended, of an algorithm that is gone with it', signToken({ exp: 1 }, ofAnother), {}, 'token_expired'],
    ['lives, of such an algorithm', signToken({ exp: now + 1 }, ofAnother), {}, 'token_algorithm_refused'],
    ['ended, signed by another under a known name', signToken({ exp: 1 }, forged), {}, 'token_signature_invalid'],
  ]
  it.each(cases)('%s: %s', (_what, text, rules, code) => {
    expect(outcome(text, new KeySet([key]), { now, ...rules })).toBe(code)
  })

  it('is not cached, and is valid once the key is added', () => {
    const keys = new KeySet([key])
    const text = signToken({ exp: now }, gone)
    expect(outcome(text, keys, { now })).toBe('token_expired')
    keys.add(gone)
    expect(outcome(text, keys, { now: now - 1 })).toBe('accepted')
  })
})

describe('invalid keys', () => {
  it.each([undefined, null, '', 'a secret of more than thirty-two bytes', Buffer.alloc(32), {}, [key]])(
    '%j are refused',
    (keys) => {
      const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`
      const invalid = expect.objectContaining({ code: 'key_invalid' })
      expect(() => verifyToken(unsigned, keys as never)).toThrow(invalid)
      expect(() => verifyJws(unsigned, keys as never)).toThrow(invalid)
      expect(() => signToken({}, keys as never)).toThrow(invalid)
    },
  )
})

describe('a token that was verified before', () => {
  it('is decided as if it were new, at every millisecond around each of its times', () => {
    const keys = new KeySet([key])
    const cold = new KeySet([key], { cacheSize: 0 })
    const tokens = [
      token({ iat: now, nbf: now }),
      token({ iat: undefined }),
      token({ nbf: now + 10, iat: now + 5 }),
      token({ exp: now + 0.25 }),
      token({ aud: ['a', 'b'], iss: 'me' }),
    ]
    for (const text of tokens) {
      for (const time of [now - 1, now, now + 0.25, now + 5, now + 10, now + 60, now + 61]) {
        for (const millisecond of [-0.001, 0, 0.001]) {
          for (const rules of [{}, { leewaySeconds: 10 }, { audience: 'b' }, { issuer: 'you' }, { typ: 'at+jwt' }]) {
            const asked = { ...rules, now: time + millisecond }
            expect(outcome(text, keys, asked)).toBe(outcome(text, cold, asked))
          }
        }
      }
    }
  })

  it('shares its entry with no other, even if they differ only in the last bits', () => {
    const keys = new KeySet([key])
    const text = token()
    expect(outcome(text, keys, { now })).toBe('accepted')
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (let position = text.length - 12; position < text.length; position++) {
      for (const letter of alphabet) {
        const other = text.slice(0, position) + letter + text.slice(position + 1)
        if (other !== text) expect(outcome(other, keys, { now })).not.toBe('accepted')
      }
    }
  })

  it('belongs to its set: another set still rejects what this one accepted', () => {
    const text = token()
    expect(outcome(text, new KeySet([key]), { now })).toBe('accepted')
    expect(outcome(text, new KeySet([generateKey('HS256', { kid: key.kid })]), { now })).toBe('token_signature_invalid')
  })

  it('cannot be changed by its readers', () => {
    const keys = new KeySet([key])
    const text = token({ roles: ['user'] })
    const claims = verifyToken(text, keys, { now }) as { roles: string[] }
    expect(() => claims.roles.push('admin')).toThrow(TypeError)
    expect(verifyToken(text, keys, { now }).roles).toEqual(['user'])
  })
})
