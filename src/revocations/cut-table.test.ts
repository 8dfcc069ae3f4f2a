import { describe, expect, it } from 'vitest'
import { CutTable, never, shardCount } from './cut-table.ts'

const minute = 60_000
const now = 1_800_000_000_000

function sweep(table: CutTable, time: number): void {
  for (let count = 0; count < shardCount; count++) table.sweep(time)
}

describe('CutTable', () => {
  it('finds each of many names, and no other', () => {
    const table = new CutTable()
    const names = Array.from({ length: 100_000 }, () => crypto.randomUUID())
    for (const [index, name] of names.entries()) table.raise(name, index, now)
    expect(table.size).toBe(names.length)
    expect(names.every((name, index) => table.get(name) === index)).toBe(true)
    expect(names.some((name) => table.get(`${name}x`) !== undefined || table.get(name.slice(1)) !== undefined)).toBe(
      false,
    )
  })

  it('distinguishes names that differ only slightly', () => {
    const table = new CutTable()
    const names = ['', '\0', '\0\0', 'a', 'b', 'ab', 'ba', 'aab', 'aba', 'ÿ', 'Ā', '😀', '__proto__']
    for (const [index, name] of names.entries()) table.raise(name, index, now)
    expect(names.map((name) => table.get(name))).toEqual(names.map((_, index) => index))
  })

  it('keeps the greater number and the later expiry', () => {
    const table = new CutTable()
    table.raise('a', 5, now + 10 * minute)
    table.raise('a', 3, now)
    table.raise('b', never, now)
    table.raise('b', 1, now + 10 * minute)
    table.raise('c', Number.POSITIVE_INFINITY, now + 10 * minute)
    sweep(table, now + 5 * minute)
    expect([table.get('a'), table.get('b'), table.get('c')]).toEqual([5, never, never])
  })

  it('deletes expired names and keeps the rest, while more are added', () => {
    const table = new CutTable()
    for (let i = 0; i < 20_000; i++) table.raise(`n${i}`, 1, i % 2 === 0 ? now : now + 10 * minute)
    sweep(table, now + 5 * minute)
    expect(table.size).toBe(10_000)
    expect([table.get('n0'), table.get('n1')]).toEqual([undefined, 1])
    table.raise('n0', 7, now + 10 * minute)
    expect(table.get('n0')).toBe(7)
    sweep(table, now + 20 * minute)
    expect(table.size).toBe(0)
    expect(table.get('n1')).toBe(undefined)
    table.raise('n1', 2, now + 30 * minute)
    expect(table.get('n1')).toBe(2)
  })

  it('deletes nothing before its minute has passed', () => {
    const table = new CutTable()
    table.raise('a', 1, now + 1)
    sweep(table, now + 1)
    expect(table.get('a')).toBe(1)
  })
})
