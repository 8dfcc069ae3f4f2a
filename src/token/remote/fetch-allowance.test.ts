import { describe, expect, it } from 'vitest'
import { FetchAllowance } from './fetch-allowance.ts'

function make() {
  const clock = { seconds: 0 }
  const allowance = new FetchAllowance(30, () => clock.seconds * 1000)
  let name = 0
  /** How many of so many made-up names are fetched for. */
  const flood = (count: number) =>
    Array.from({ length: count }, () => allowance.take(`${name++}`, false)).filter(Boolean).length
  return { clock, allowance, flood }
}

describe('FetchAllowance', () => {
  it('allows three fetches at once, then one in each cooldown, three at most after a long time', () => {
    const { clock, flood } = make()
    expect(flood(50)).toBe(3)
    const allowed = [29.9, 30, 59.9, 60, 1000].map((seconds) => {
      clock.seconds = seconds
      return flood(50)
    })
    expect(allowed).toEqual([0, 1, 0, 1, 3])
  })

  it('allows one for a name in a cooldown, also where a fetch for another was under way', () => {
    const { clock, allowance } = make()
    expect([allowance.take('a', false), allowance.take('a', false), allowance.take('a', true)]).toEqual([
      true,
      false,
      false,
    ])
    expect([allowance.take('b', true), allowance.take('b', false)]).toEqual([true, false])
    clock.seconds = 30
    expect([allowance.take('a', false), allowance.take('b', false)]).toEqual([true, true])
  })

  it('takes names that begin alike for one, so that long ones cost no memory', () => {
    const { allowance } = make()
    const long = 'x'.repeat(100)
    expect([allowance.take(`${long}1`, false), allowance.take(`${long}2`, false)]).toEqual([true, false])
  })

  it('remembers a thousand names', () => {
    const { allowance } = make()
    for (let i = 0; i < 1000; i++) allowance.take(`${i}`, true)
    expect(allowance.take('0', true)).toBe(false)
    allowance.take('one more', true)
    expect(allowance.take('0', true)).toBe(true)
  })

  const arrivals: [what: string, sought: string, kids: string[], allowed: number][] = [
    ['no key', 'sought', [], 0],
    ['keys that were not looked for', 'sought', ['x', 'y'], 0],
    ['the key that was looked for', 'sought', ['x', 'sought'], 3],
    ['any key, where a token without a kid looked for one', `${undefined}`, ['x'], 3],
    ['no key, where a token without a kid looked for one', `${undefined}`, [], 0],
  ]
  it.each(arrivals)('is given back for %s: %s, %j', (_what, sought, kids, allowed) => {
    const { allowance, flood } = make()
    allowance.take(sought, false)
    flood(50)
    allowance.restore(kids)
    expect(flood(50)).toBe(allowed)
  })
})
