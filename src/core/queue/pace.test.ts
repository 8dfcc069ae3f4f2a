import { describe, expect, it } from 'vitest'
import { Pace } from './pace.ts'

const refusal = () => new Error('refused')
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Requests of several clients at a pace of two, recorded in the order in which they begin. */
function begin(names: readonly string[]): string[] {
  const pace = new Pace({ perTurn: 2, places: 5, refusal })
  const begun: string[] = []
  for (const name of names) void pace.enter([name.charAt(0)]).then(() => begun.push(name))
  return begun
}

describe('Pace', () => {
  it('lets a limited number begin per turn, and clients take turns for the rest', async () => {
    const begun = begin(['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1'])
    await Promise.resolve()
    const turns = [begun.length]
    while (begun.length < 7) {
      await nextTurn()
      turns.push(begun.length)
    }
    expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'a5'])
    expect(turns.every((length, index) => length - (turns[index - 1] ?? 0) <= 2)).toBe(true)
  })

  it('refuses requests that find no place, those of the client with most waiting first', async () => {
    const pace = new Pace({ perTurn: 1, places: 3, refusal })
    const outcomes: string[] = []
    const enter = (name: string) =>
      pace.enter([name.charAt(0)]).then(
        () => outcomes.push(name),
        () => outcomes.push(`${name} refused`),
      )
    await Promise.all(['a1', 'a2', 'a3', 'a4', 'a5', 'b1'].map(enter))
    expect(outcomes).toEqual(['a1', 'a5 refused', 'a4 refused', 'a2', 'b1', 'a3'])
  })

  it('lets a single request in a later turn begin at once', async () => {
    const pace = new Pace({ perTurn: 1, places: 5, refusal })
    await pace.enter(['a'])
    await nextTurn()
    await nextTurn()
    let hasBegun = false
    void pace.enter(['a']).then(() => {
      hasBegun = true
    })
    await Promise.resolve()
    expect(hasBegun).toBe(true)
  })
})
