import { describe, expect, it } from 'vitest'
import { isKept, isRevoked } from './judge.ts'

const raisedAt = 1_800_000_000
const lives = [
  { seconds: 900, since: 0 },
  { seconds: 3600, since: raisedAt },
]
const ofSession = { sid: 's', gen: 1 }

describe('isKept', () => {
  const cases: [what: string, claims: object, isKeptThere: boolean][] = [
    ['a token of the first life', { iat: 1000, exp: 1900 }, true],
    ['one of a longer life, from before nodes signed that', { iat: raisedAt - 1, exp: raisedAt + 3599 }, false],
    ['one from then on', { iat: raisedAt, exp: raisedAt + 3600 }, true],
    ['one of a session, which was not signed before', { ...ofSession, iat: raisedAt - 1, exp: raisedAt + 3599 }, true],
    ['one that lives longer than any', { ...ofSession, iat: raisedAt, exp: raisedAt + 3601 }, false],
    ['one of a session without a name', { sid: '', gen: 1, iat: raisedAt - 1, exp: raisedAt + 3599 }, false],
    ['one of a session whose name is a number', { sid: 5, gen: 1, iat: raisedAt - 1, exp: raisedAt + 3599 }, false],
    ['one of a session of the application’s own', { sid: 's', iat: raisedAt - 1, exp: raisedAt + 3599 }, false],
    ['one whose generation is text', { sid: 's', gen: '1', iat: raisedAt - 1, exp: raisedAt + 3599 }, false],
    ['one without an end', { iat: raisedAt }, false],
    ['one without a time of issue', { exp: raisedAt }, false],
    ['an end that is text', { iat: 1000, exp: '1900' }, false],
    ['a time of issue that is text', { iat: '1000', exp: 1900 }, false],
    ['times that are text', { iat: '1', exp: '2' }, false],
  ]
  it.each(cases)('says whether the journal covers %s', (_what, claims, isKeptThere) => {
    expect(isKept(claims, lives)).toBe(isKeptThere)
  })

  it('says no if no lifetime is registered', () => {
    expect(isKept({ iat: 1000, exp: 1900 }, [])).toBe(false)
  })
})

describe('isRevoked', () => {
  const good = { jti: 'j', sub: 'anna', iat: raisedAt, exp: raisedAt + 900 }
  const cases: [what: string, claims: object, isRevokedThere: boolean][] = [
    ['a token of which nothing is known', good, false],
    ['one of a session', { ...good, ...ofSession }, false],
    ['one whose jti no database stores', { ...good, ...ofSession, jti: 'j\0' }, true],
    ['one whose sub no database stores', { ...good, ...ofSession, sub: 'an\0na' }, true],
    ['one whose session no database stores', { ...good, sid: '\0', gen: 1 }, true],
  ]
  it.each(cases)('judges %s', (_what, claims, isRevokedThere) => {
    expect(isRevoked(claims, {}, () => undefined)).toBe(isRevokedThere)
  })
})
