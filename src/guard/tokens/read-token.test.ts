import { describe, expect, it } from 'vitest'
import { importKey } from '../../token/keys/import-key.ts'
import { KeySet } from '../../token/keys/key-set.ts'
import { signJws, signToken } from '../../token/sign.ts'
import { JwtManager } from '../jwt-manager.ts'
import type { JwtManagerOptions } from '../options/options.ts'
import type { DecodeOptions } from './read-token.ts'

const now = 1_795_434_203
const key = importKey({ secret: 'a secret of more than thirty-two bytes' })
const usual = { sub: 'alice', jti: 'j', type: 'access', fresh: false, iat: now, nbf: now, exp: now + 60 }

/** A manager whose clock the test can move. */
function managerAt(keys: KeySet, options: Partial<JwtManagerOptions> = {}) {
  const clock = { time: now }
  const jwt = new JwtManager({ preset: 'plain', ...options, keys, clock: () => clock.time } as JwtManagerOptions)
  function outcome(token: string, time: number, how: DecodeOptions): string {
    clock.time = time
    try {
      return JSON.stringify(jwt.decodeToken(token, how))
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  return outcome
}

describe('a token that was accepted before', () => {
  const rules: Partial<JwtManagerOptions>[] = [
    {},
    { leewaySeconds: 10 },
    { leewaySeconds: 0.25 },
    { decodeAudience: 'b' },
    { decodeIssuer: 'you' },
    { requireJti: true },
    { identityClaim: 'uid' },
    { verifySub: false },
    { requireExp: false },
    { requiredClaims: ['tenant'] },
    { maxTokenAgeSeconds: 30 },
    { preset: 'default' },
    { preset: 'flask' },
  ]
  const claims: object[] = [
    usual,
    { ...usual, jti: undefined, type: undefined, fresh: undefined },
    { ...usual, type: 'refresh' },
    { ...usual, exp: now + 0.5 },
    { ...usual, exp: undefined },
    { ...usual, exp: String(now + 60) },
    { ...usual, iat: now + 5, nbf: now + 10 },
    { ...usual, iat: now + 10, nbf: now + 5 },
    { ...usual, iat: now + 10, nbf: undefined },
    { ...usual, iat: undefined, nbf: undefined },
    { ...usual, iat: now - 20.5 },
    { ...usual, sub: 5, aud: ['a', 'b'] },
    { ...usual, iss: 'you', aud: 'b', uid: 'bob', tenant: 't' },
    { ...usual, csrf: 'value' },
  ]
  const times = [-1, 0, 0.25, 0.5, 5, 9.5, 10, 20, 30, 40, 60, 70, 71].flatMap((seconds) =>
    [-0.001, 0, 0.001].map((millisecond) => now + seconds + millisecond),
  )
  const ways: DecodeOptions[] = [{}, { csrfValue: 'value' }, { csrfValue: 'other' }, { allowExpired: true }]

  it.each(rules)('is decided as if it were new, at every millisecond around each of its times: %j', (options) => {
    const differing: unknown[] = []
    for (const one of claims) {
      const token = signJws(JSON.stringify(one), key, { typ: 'at+jwt' })
      const warm = managerAt(new KeySet([key]), options)
      const cold = managerAt(new KeySet([key], { cacheSize: 0 }), options)
      // It remembers nothing, so its answers on the way back would be the same.
      const firsts = new Map([...times, Number.NaN].map((time) => [time, ways.map((how) => cold(token, time, how))]))
      for (const time of [...times, Number.NaN, ...times.toReversed()]) {
        for (const [index, how] of ways.entries()) {
          const [answer, first] = [warm(token, time, how), firsts.get(time)?.[index]]
          if (answer !== first) differing.push({ one, time, how, answer, first })
        }
      }
    }
    expect(differing).toEqual([])
  })

  it('is judged by each manager that shares its keys, whichever saw it first', () => {
    const keys = new KeySet([key])
    const token = signToken({ ...usual, aud: 'a' }, key)
    const ofA = managerAt(keys, { decodeAudience: 'a' })
    const ofB = managerAt(keys, { decodeAudience: 'b' })
    for (let turn = 0; turn < 3; turn++) {
      expect(ofA(token, now, {})).toContain('"alice"')
      expect(ofB(token, now, {})).toBe('token_audience_mismatch')
    }
  })

  it('is refused once its key is withdrawn', () => {
    const keys = new KeySet([key, importKey({ secret: 'another secret of more than thirty-two bytes' })])
    const token = signToken(usual, key)
    const outcome = managerAt(keys)
    expect(outcome(token, now, {})).toContain('"alice"')
    keys.withdraw(key.kid)
    expect(outcome(token, now, {})).toBe('token_key_unknown')
  })

  it('cannot be changed by those who get its refusal', () => {
    let time = now
    const jwt = new JwtManager({ preset: 'plain', keys: new KeySet([key]), clock: () => time })
    const token = signToken(usual, key)
    expect(jwt.decodeToken(token).sub).toBe('alice')
    time = usual.exp
    const details = (error: { token: { header: object; claims: object } }) => [
      error.token,
      ...Object.values(error.token),
    ]
    expect(() => jwt.decodeToken(token)).toThrow(
      expect.toSatisfy((error) => details(error).length === 3 && details(error).every(Object.isFrozen)),
    )
  })

  it('cannot be changed by those who read it, including the defaults that were filled in', () => {
    const jwt = new JwtManager({ preset: 'plain', keys: new KeySet([key]), clock: () => now })
    const token = signToken({ sub: 'alice', exp: now + 60 }, key)
    const read = jwt.decodeToken(token) as { fresh: unknown }
    expect(() => {
      read.fresh = true
    }).toThrow(TypeError)
    expect(jwt.decodeToken(token).fresh).toBe(false)
  })
})
