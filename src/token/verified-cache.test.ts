import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { VerifiedCache } from './verified-cache.ts'

const entry = { header: {}, claims: {} }

/** A text with a signature of its own, like that of HS256. */
function tokenOf(number: number, payload = 'payload'): string {
  return `header.${payload}.${createHash('sha256').update(`${number}`).digest('base64url')}`
}

function held(cache: VerifiedCache, count: number, payload?: string): number {
  return Array.from({ length: count }, (_, i) => cache.get(tokenOf(i, payload))).filter(Boolean).length
}

describe('VerifiedCache', () => {
  it('holds at most two generations, however many tokens there are', () => {
    const cache = new VerifiedCache(100)
    for (let i = 0; i < 10_000; i++) cache.set(tokenOf(i), entry)
    expect(held(cache, 10_000)).toBeLessThanOrEqual(200)
    expect(held(cache, 10_000)).toBeGreaterThanOrEqual(100)
  })

  it('keeps what is used', () => {
    const cache = new VerifiedCache(100)
    const favourite = cache.set(tokenOf(-1), entry)
    for (let i = 0; i < 10_000; i++) {
      cache.set(tokenOf(i), entry)
      if (i % 50 === 0) expect(cache.get(tokenOf(-1))).toBe(favourite)
    }
  })

  it('counts long tokens as several', () => {
    const cache = new VerifiedCache(100)
    const long = 'x'.repeat(8000)
    for (let i = 0; i < 1000; i++) cache.set(tokenOf(i, long), entry)
    expect(held(cache, 1000, long)).toBeLessThanOrEqual(2 * 13)
    expect(held(cache, 1000, long)).toBeGreaterThanOrEqual(12)
  })

  it('holds nothing where its size is 0, and nothing after it was cleared', () => {
    const none = new VerifiedCache(0)
    none.set(tokenOf(0), entry)
    const cleared = new VerifiedCache(10)
    for (let i = 0; i < 15; i++) cleared.set(tokenOf(i), entry)
    cleared.clear()
    expect([held(none, 1), held(cleared, 15)]).toEqual([0, 0])
  })

  it('keeps the first of two tokens with the same signature, and never returns one for the other', () => {
    const cache = new VerifiedCache(100)
    const first = cache.set(tokenOf(1, 'one'), entry)
    const second = cache.set(tokenOf(1, 'two'), entry)
    expect(second.text).toBe(tokenOf(1, 'two'))
    expect(['one', 'two', 'owe'].map((payload) => cache.get(tokenOf(1, payload)))).toEqual([
      first,
      undefined,
      undefined,
    ])
    // The same if the first is in the older generation.
    for (let i = 2; i <= 101; i++) cache.set(tokenOf(i), entry)
    expect(cache.get(tokenOf(1, 'two'))).toBeUndefined()
    expect(cache.get(tokenOf(1, 'one'))).toBe(first)
  })

  it('distinguishes long signatures that end alike, as those of ML-DSA do', () => {
    const cache = new VerifiedCache(100)
    const ending = 'A'.repeat(4000)
    for (let i = 0; i < 10; i++) cache.set(tokenOf(i) + ending, entry)
    expect(Array.from({ length: 10 }, (_, i) => cache.get(tokenOf(i) + ending)).filter(Boolean)).toHaveLength(10)
  })

  it('does not keep the header that a token was cut out of', () => {
    const cache = new VerifiedCache(2000)
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 2000; i++) {
      const cookies = `${tokenOf(i)}; other=${Buffer.alloc(50_000, 'x').toString('latin1')}`
      cache.set(cookies.slice(0, tokenOf(i).length), entry)
    }
    expect(held(cache, 2000)).toBe(2000)
    // All of them would be 100 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60e6)
  })
})
