import { describe, expect, it } from 'vitest'
import { operatorsTurn, turnOf } from './hash-turn.ts'

describe('turnOf', () => {
  const widest = (address: string | null) => turnOf({ address }, 'alice')[0]
  const cases: [what: string, one: string | null, other: string | null, isShared: boolean][] = [
    ['two addresses', '192.0.2.1', '192.0.2.2', false],
    ['one address', '192.0.2.1', '192.0.2.1', true],
    ['an address and its IPv6 form', '192.0.2.1', '::ffff:192.0.2.1', true],
    ['two /64 of one /48', '2001:db8:1:1::1', '2001:db8:1:2::1', true],
    ['two /48', '2001:db8:1::1', '2001:db8:2::1', false],
    ['clients of unknown address', null, null, true],
    ['a client of unknown address and one of a known one', null, '192.0.2.1', false],
  ]
  it.each(cases)('has one share for %s, or two', (_what, one, other, isShared) => {
    expect(widest(one) === widest(other)).toBe(isShared)
  })

  it('separates the accounts of one address, and the operator from all', () => {
    expect(turnOf({ address: null }, 'alice')).not.toEqual(turnOf({ address: null }, 'bob'))
    expect(widest(null)).not.toBe(operatorsTurn[0])
  })
})
