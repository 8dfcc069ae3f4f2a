import { describe, expect, it } from 'vitest'
import { cutOfSession, cutOfUser, endOfKey, endOfSession, endOfToken } from './revocation.ts'
import { RevocationSet } from './revocation-set.ts'

const now = 1_800_000_000_000
const soon = new Date(now + 900_000)

function made(...revocations: Parameters<RevocationSet['add']>[0]): RevocationSet {
  const all = new RevocationSet(() => now)
  all.add(revocations)
  return all
}

describe('RevocationSet', () => {
  const cases: [what: string, all: RevocationSet, claims: object, isRevoked: boolean][] = [
    ['a session that ended', made(endOfSession('s', soon)), { sid: 's', gen: 1 }, true],
    ['a later generation of it', made(endOfSession('s', soon)), { sid: 's', gen: 99 }, true],
    ['another session', made(endOfSession('s', soon)), { sid: 't', gen: 1 }, false],
    ['an earlier generation', made(cutOfSession('s', 2, soon)), { sid: 's', gen: 1 }, true],
    ['the present generation', made(cutOfSession('s', 2, soon)), { sid: 's', gen: 2 }, false],
    ['no generation', made(cutOfSession('s', 2, soon)), { sid: 's' }, true],
    ['a generation in text', made(cutOfSession('s', 2, soon)), { sid: 's', gen: '9' }, true],
    ['a user’s token from before', made(cutOfUser('u', new Date(now), soon)), { sub: 'u', iat: now / 1000 - 1 }, true],
    ['one of the same second', made(cutOfUser('u', new Date(now + 500), soon)), { sub: 'u', iat: now / 1000 }, true],
    [
      'one of the next second',
      made(cutOfUser('u', new Date(now + 500), soon)),
      { sub: 'u', iat: now / 1000 + 1 },
      false,
    ],
    ['one without a time', made(cutOfUser('u', new Date(now), soon)), { sub: 'u' }, true],
    ['another user’s', made(cutOfUser('u', new Date(now), soon)), { sub: 'v', iat: 0 }, false],
    [
      'a session of that user',
      made(cutOfUser('u', new Date(now), soon)),
      { sub: 'u', sid: 's', gen: 1, iat: 0 },
      false,
    ],
    ['a session named like the user', made(cutOfUser('u', new Date(now), soon)), { sid: 'u', gen: 1 }, false],
    ['a name of Object’s', made(), { sid: '__proto__', sub: 'constructor' }, false],
    ['one token', made(endOfToken('t', soon)), { jti: 't', sid: 's', gen: 1 }, true],
    ['another token of its session', made(endOfToken('t', soon)), { jti: 'u', sid: 's', gen: 1 }, false],
    ['nothing', made(endOfSession('s', soon)), {}, false],
  ]
  it.each(cases)('knows %s', (_what, all, claims, isRevoked) => {
    expect(all.has(claims)).toBe(isRevoked)
  })

  it('never takes less back than before, in whatever order it is told', () => {
    for (const order of [
      [cutOfSession('s', 2, soon), endOfSession('s', soon)],
      [endOfSession('s', soon), cutOfSession('s', 2, soon)],
    ]) {
      expect(made(...order).has({ sid: 's', gen: 5 })).toBe(true)
    }
    const cuts = [cutOfSession('s', 3, soon), cutOfSession('s', 2, soon)]
    expect(made(...cuts).has({ sid: 's', gen: 2 })).toBe(true)
  })

  it('forgets what can touch no token any more', () => {
    let time = now
    const all = new RevocationSet(() => time)
    all.add(Array.from({ length: 1000 }, (_, index) => endOfSession(`s${index}`, soon)))
    expect(all.size).toBe(1000)
    time = soon.getTime() - 1
    all.add([])
    expect(all.has({ sid: 's1' })).toBe(true)
    // To the minute, and within one.
    time = soon.getTime() + 120_000
    all.sweep()
    all.add([endOfSession('last', new Date(time + 1))])
    expect(all.size).toBe(1)
    expect(all.has({ sid: 's1' })).toBe(false)
    expect(all.has({ sid: 'last' })).toBe(true)
  })

  it('knows every token of a key by its header', () => {
    const all = made(endOfKey('k', soon))
    expect(all.has({ sid: 's', gen: 1 }, { kid: 'k' })).toBe(true)
    expect(all.has({ sid: 's', gen: 1 }, { kid: 'l' })).toBe(false)
    expect(all.has({ sid: 's', gen: 1 }, {})).toBe(false)
  })
})
