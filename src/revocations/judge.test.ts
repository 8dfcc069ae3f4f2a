import { describe, expect, it } from 'vitest'
import { isKept } from './judge.ts'

const raisedAt = 1_800_000_000
const lives = [
  { seconds: 900, since: 0 },
  { seconds: 3600, since: raisedAt },
]
const ofSession = { sid: 's', gen: 1 }

describe('isKept', () => {
  const cases: [what: string, claims: object, isKeptThere: boolean][] = [
    ['a token with the first lifetime', { iat: 1000, exp: 1900 }, true],
    [
      'one with a longer lifetime, from before nodes signed with it',
      { iat: raisedAt - 1, exp: raisedAt + 3599 },
      false,
    ],
    ['one issued from then on', { iat: raisedAt, exp: raisedAt + 3600 }, true],
    ['one of a session, which cannot be older', { ...ofSession, iat: raisedAt - 1, exp: raisedAt + 3599 }, true],
    [
      'one that lives longer than any registered lifetime',
      { ...ofSession, iat: raisedAt, exp: raisedAt + 3601 },
      false,
    ],
    ['one without an expiry', { iat: raisedAt }, false],
    ['one without an issue time', { exp: raisedAt }, false],
    ['one whose times are strings', { iat: '1', exp: '2' }, false],
  ]
  it.each(cases)('says whether the journal covers %s', (_what, claims, isKeptThere) => {
    expect(isKept(claims, lives)).toBe(isKeptThere)
  })

  it('says no if no lifetime is registered', () => {
    expect(isKept({ iat: 1000, exp: 1900 }, [])).toBe(false)
  })
})
