import { describe, expect, it } from 'vitest'
import { Gates } from './gates.ts'

describe('Gates', () => {
  it('let a number of calls run at once under a key, and the next when one ends', async () => {
    const gates = new Gates(2)
    const doors = Array.from({ length: 3 }, () => Promise.withResolvers<void>())
    const inside: number[] = []
    const passing = doors.map(({ promise }, index) =>
      gates.pass('a', async () => {
        inside.push(index)
        await promise
      }),
    )
    await gates.pass('b', async () => {})
    expect(inside).toEqual([0, 1])
    doors[1]?.resolve()
    await passing[1]
    await gates.pass('b', async () => {})
    expect(inside).toEqual([0, 1, 2])
    for (const { resolve } of doors) resolve()
    await Promise.all(passing)
  })

  it('forget a key when its last call ends, even if it failed', async () => {
    const gates = new Gates(1)
    for (let i = 0; i < 1000; i++) await gates.pass(`account ${i}`, async () => {})
    const failing = gates.pass('one', () => Promise.reject(new Error('wrong')))
    const door = Promise.withResolvers<string>()
    const waiting = gates.pass('one', () => door.promise)
    await expect(failing).rejects.toThrow('wrong')
    expect(gates.size).toBe(1)
    door.resolve('right')
    expect(await waiting).toBe('right')
    expect(gates.size).toBe(0)
  })
})
