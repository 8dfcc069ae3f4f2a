import { describe, expect, it } from 'vitest'
import {
  cutOfSession,
  cutOfUser,
  endOfKey,
  endOfSession,
  endOfToken,
  type JournalEntry,
  type Revocation,
  standingOfUser,
} from './revocation.ts'
import { RevocationSet } from './revocation-set.ts'

const now = 1_800_000_000_000
const soon = new Date(now + 900_000)

const kept = (revocation: Revocation, expiresAt = soon): JournalEntry => ({ ...revocation, expiresAt })

function made(...revocations: Revocation[]): RevocationSet {
  const all = new RevocationSet(() => 0)
  all.add(
    revocations.map((one) => kept(one)),
    new Date(now),
  )
  return all
}

describe('RevocationSet', () => {
  const cases: [what: string, all: RevocationSet, claims: object, isRevoked: boolean][] = [
    ['a session that has ended', made(endOfSession('s')), { sid: 's', gen: 1 }, true],
    ['a later generation of it', made(endOfSession('s')), { sid: 's', gen: 99 }, true],
    ['another session', made(endOfSession('s')), { sid: 't', gen: 1 }, false],
    ['an earlier generation', made(cutOfSession('s', 2)), { sid: 's', gen: 1 }, true],
    ['the present generation', made(cutOfSession('s', 2)), { sid: 's', gen: 2 }, false],
    ['no generation', made(cutOfSession('s', 2)), { sid: 's' }, true],
    ['a generation in text', made(cutOfSession('s', 2)), { sid: 's', gen: '9' }, true],
    ['a generation in text, of a user', made(cutOfSession('s', 2)), { sub: 'u', sid: 's', gen: '9' }, true],
    ['a user’s token from before', made(cutOfUser('u', new Date(now))), { sub: 'u', iat: now / 1000 - 1 }, true],
    ['one of the same second', made(cutOfUser('u', new Date(now + 500))), { sub: 'u', iat: now / 1000 }, true],
    ['one of the next second', made(cutOfUser('u', new Date(now + 500))), { sub: 'u', iat: now / 1000 + 1 }, false],
    ['one without a time', made(cutOfUser('u', new Date(now))), { sub: 'u' }, true],
    ['one whose time is text', made(cutOfUser('u', new Date(now))), { sub: 'u', iat: '9999999999' }, true],
    ['one whose time is beyond all', made(cutOfUser('u', new Date(now))), { sub: 'u', iat: Number.NaN }, true],
    ['another user’s', made(cutOfUser('u', new Date(now))), { sub: 'v', iat: 0 }, false],
    ['a session of that user', made(cutOfUser('u', new Date(now))), { sub: 'u', sid: 's', gen: 1, iat: 0 }, false],
    ['a session named like the user', made(cutOfUser('u', new Date(now))), { sid: 'u', gen: 1 }, false],
    ['a property name of Object', made(), { sid: '__proto__', sub: 'constructor' }, false],
    ['a token without a claim by which it could be revoked', made(), {}, true],
    ['a user without a name', made(), { sub: '' }, true],
    ['a user of another type', made(), { sub: {} }, true],
    ['a session without a name', made(), { sid: '', sub: 'u' }, true],
    ['a session of another type', made(), { sid: 5, gen: 1, sub: 'u' }, true],
    ['a session of the application’s own', made(cutOfUser('u', new Date(now))), { sub: 'u', sid: 's', iat: 0 }, true],
    ['a generation that is none', made(cutOfUser('u', new Date(now))), { sub: 'u', sid: 's', gen: 0, iat: 0 }, true],
    ['a generation of text', made(cutOfUser('u', new Date(now))), { sub: 'u', sid: 's', gen: '5', iat: 0 }, true],
    ['half a generation', made(cutOfUser('u', new Date(now))), { sub: 'u', sid: 's', gen: 1.5, iat: 0 }, true],
    ['a session without a user, while one is disabled', made(standingOfUser('u', 1)), { sid: 's', gen: 1 }, false],
    ['a token without a name, while one is revoked', made(endOfToken('t', 1)), { sid: 's', gen: 1 }, false],
    ['a token whose name is a number', made(endOfToken('5', 1)), { jti: 5, sid: 's', gen: 1 }, false],
    ['a user who is disabled', made(standingOfUser('u', 1)), { sub: 'u', sid: 's', gen: 1 }, true],
    ['a user who is enabled again', made(standingOfUser('u', 1), standingOfUser('u', 2)), { sub: 'u', iat: 0 }, false],
    ['a user who is a number', made(standingOfUser('7', 1)), { sub: 7, sid: 's', gen: 1 }, true],
    ['a generation beyond any', made(endOfSession('s')), { sid: 's', gen: Number.MAX_SAFE_INTEGER }, true],
    ['one token', made(endOfToken('t', 1)), { jti: 't', sid: 's', gen: 1 }, true],
    ['another token of its session', made(endOfToken('t', 1)), { jti: 'u', sid: 's', gen: 1 }, false],
  ]
  it.each(cases)('knows %s', (_what, all, claims, isRevoked) => {
    expect(all.has(claims, {})).toBe(isRevoked)
  })

  it('never revokes less than before, whatever the order of entries', () => {
    for (const order of [
      [cutOfSession('s', 2), endOfSession('s')],
      [endOfSession('s'), cutOfSession('s', 2)],
    ]) {
      expect(made(...order).has({ sid: 's', gen: 5 }, {})).toBe(true)
    }
    const cuts = [cutOfSession('s', 3), cutOfSession('s', 2)]
    expect(made(...cuts).has({ sid: 's', gen: 2 }, {})).toBe(true)
  })

  it('deletes entries that can no longer affect a token, by a clock that cannot be set', () => {
    let steady = 0
    const all = new RevocationSet(() => steady)
    const at = new Date(now)
    all.add(
      Array.from({ length: 1000 }, (_, index) => kept(endOfSession(`s${index}`))),
      at,
    )
    expect(all.size).toBe(1000)
    steady = 900_000 - 1
    all.add([], at)
    expect(all.has({ sid: 's1', gen: 1 }, {})).toBe(true)
    // Entries are deleted to the minute, within a minute.
    steady = 900_000 + 120_000
    all.sweep()
    all.add([kept(endOfSession('last'), new Date(now + 1))], at)
    expect(all.size).toBe(1)
    expect(all.has({ sid: 's1', gen: 1 }, {})).toBe(false)
    expect(all.has({ sid: 'last', gen: 1 }, {})).toBe(true)
  })

  it('recognises every token of a key by its header', () => {
    const all = made(endOfKey('k'))
    expect(all.has({ sid: 's', gen: 1 }, { kid: 'k' })).toBe(true)
    expect(all.has({ sid: 's', gen: 1 }, { kid: 'l' })).toBe(false)
    expect(all.has({ sid: 's', gen: 1 }, {})).toBe(false)
  })
})
