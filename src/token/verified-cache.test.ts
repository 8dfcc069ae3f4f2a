import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type SeenToken, VerifiedCache } from './verified-cache.ts'

/** Finds or adds a token as `openToken` does. */
function verify(cache: VerifiedCache, text: string): SeenToken {
  const known = cache.get(text)
  if (known !== undefined) return known
  const own = { text, header: {}, signedClaims: {}, generation: 0 }
  const seen = { ...own, rules: undefined, begins: 0, ends: 0, claims: {} }
  cache.add(seen)
  return seen
}

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
    for (let i = 0; i < 10_000; i++) for (let time = 0; time < 2; time++) verify(cache, tokenOf(i))
    expect(held(cache, 10_000)).toBeLessThanOrEqual(200)
    expect(held(cache, 10_000)).toBeGreaterThanOrEqual(100)
  })

  it('keeps what is used', () => {
    const cache = new VerifiedCache(100)
    const favourite = verify(cache, tokenOf(-1))
    for (let i = 0; i < 10_000; i++) {
      for (let time = 0; time < 2; time++) verify(cache, tokenOf(i))
      if (i % 50 === 0) expect(cache.get(tokenOf(-1))).toBe(favourite)
    }
  })

  it('counts long tokens as several', () => {
    const cache = new VerifiedCache(100)
    const long = 'x'.repeat(8000)
    for (let i = 0; i < 1000; i++) for (let time = 0; time < 2; time++) verify(cache, tokenOf(i, long))
    expect(held(cache, 1000, long)).toBeLessThanOrEqual(2 * 13)
    expect(held(cache, 1000, long)).toBeGreaterThanOrEqual(12)
  })

  it('keeps a full generation while other tokens come once', () => {
    const cache = new VerifiedCache(100)
    for (let i = 0; i < 10_000; i++) verify(cache, tokenOf(i))
    expect(held(cache, 10_000)).toBe(100)
    expect(held(cache, 100)).toBe(100)
  })

  it.each([
    [300, 100],
    [100, 100],
  ])('keeps, of %i tokens in turn, %i', (count, kept) => {
    const cache = new VerifiedCache(100)
    for (let round = 0; round < 5; round++) for (let i = 0; i < count; i++) verify(cache, tokenOf(i))
    expect(held(cache, count)).toBe(kept)
  })

  it('replaces tokens that are no longer used by those that come twice', () => {
    const cache = new VerifiedCache(100)
    for (let i = 0; i < 100; i++) verify(cache, tokenOf(i))
    for (let i = 1000; i < 1300; i++) for (let time = 0; time < 2; time++) verify(cache, tokenOf(i))
    expect(held(cache, 100)).toBe(0)
    expect(cache.get(tokenOf(1299))).toBeDefined()
  })

  it('holds nothing after it was cleared, and has room again', () => {
    const cache = new VerifiedCache(10)
    for (let i = 0; i < 15; i++) verify(cache, tokenOf(i))
    expect(held(cache, 15)).toBe(10)
    cache.clear()
    expect(held(cache, 15)).toBe(0)
    for (let i = 5; i < 15; i++) verify(cache, tokenOf(i))
    expect(held(cache, 15)).toBe(10)
  })

  it('keeps the first of two tokens with the same signature, and never returns one for the other', () => {
    const cache = new VerifiedCache(100)
    const first = verify(cache, tokenOf(1, 'one'))
    const second = verify(cache, tokenOf(1, 'two'))
    expect(second.text).toBe(tokenOf(1, 'two'))
    expect(['one', 'two', 'owe'].map((payload) => cache.get(tokenOf(1, payload)))).toEqual([
      first,
      undefined,
      undefined,
    ])
    // The same if the first is in the older generation.
    for (let i = 2; i <= 101; i++) verify(cache, tokenOf(i))
    expect(cache.get(tokenOf(1, 'two'))).toBeUndefined()
    expect(cache.get(tokenOf(1, 'one'))).toBe(first)
  })

  it('distinguishes long signatures that end alike, as those of ML-DSA do', () => {
    const cache = new VerifiedCache(100)
    const ending = 'A'.repeat(4000)
    for (let i = 0; i < 10; i++) verify(cache, tokenOf(i) + ending)
    expect(Array.from({ length: 10 }, (_, i) => cache.get(tokenOf(i) + ending)).filter(Boolean)).toHaveLength(10)
  })

  it('does not keep the header that a token was cut out of', () => {
    const cache = new VerifiedCache(2000)
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 2000; i++) {
      const cookies = `${tokenOf(i)}; other=${Buffer.alloc(50_000, 'x').toString('latin1')}`
      verify(cache, cookies.slice(0, tokenOf(i).length))
    }
    expect(held(cache, 2000)).toBe(2000)
    // All of them would be 100 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60e6)
  })
})
