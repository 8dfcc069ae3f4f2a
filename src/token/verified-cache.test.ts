import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type SeenToken, VerifiedCache } from './verified-cache.ts'

/** Adds a token as `openToken` does. */
function verify(cache: VerifiedCache, text: string): SeenToken {
  const known = cache.get(text)
  if (known !== undefined) return known
  const own = { text, header: {}, signedClaims: {}, generation: 0 }
  const seen = { ...own, rules: undefined, begins: 0, ends: 0, claims: {} }
  cache.add(seen)
  return seen
}

/** A token is cached when it is verified for the second time. */
function verifyTwice(cache: VerifiedCache, text: string): SeenToken {
  verify(cache, text)
  return verify(cache, text)
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
    for (let i = 0; i < 10_000; i++) verifyTwice(cache, tokenOf(i))
    expect(held(cache, 10_000)).toBeLessThanOrEqual(200)
    expect(held(cache, 10_000)).toBeGreaterThanOrEqual(100)
  })

  it('keeps what is used', () => {
    const cache = new VerifiedCache(100)
    const favourite = verifyTwice(cache, tokenOf(-1))
    for (let i = 0; i < 10_000; i++) {
      verifyTwice(cache, tokenOf(i))
      if (i % 50 === 0) expect(cache.get(tokenOf(-1))).toBe(favourite)
    }
  })

  it('counts long tokens as several', () => {
    const cache = new VerifiedCache(100)
    const long = 'x'.repeat(8000)
    for (let i = 0; i < 1000; i++) verifyTwice(cache, tokenOf(i, long))
    expect(held(cache, 1000, long)).toBeLessThanOrEqual(2 * 13)
    expect(held(cache, 1000, long)).toBeGreaterThanOrEqual(12)
  })

  it('holds a token from the second time that it is verified', () => {
    const cache = new VerifiedCache(100)
    verify(cache, tokenOf(0))
    expect(cache.get(tokenOf(0))).toBeUndefined()
    const second = verify(cache, tokenOf(0))
    expect(cache.get(tokenOf(0))).toBe(second)
  })

  it('takes a token for new that comes again after twice as many others as it may hold, and no sooner', () => {
    const cache = new VerifiedCache(100)
    for (let round = 0; round < 3; round++) for (let i = 0; i < 201; i++) verify(cache, tokenOf(i))
    expect(held(cache, 201)).toBe(0)
    for (let round = 0; round < 2; round++) for (let i = 0; i < 100; i++) verify(cache, tokenOf(i))
    expect(held(cache, 100)).toBe(100)
  })

  it('keeps what is used while tokens come that are verified once', () => {
    const cache = new VerifiedCache(100)
    for (let i = 0; i < 100; i++) verifyTwice(cache, tokenOf(i))
    for (let i = 100; i < 10_000; i++) verify(cache, tokenOf(i))
    expect(held(cache, 100)).toBe(100)
  })

  it('holds nothing after it was cleared', () => {
    const cache = new VerifiedCache(10)
    for (let i = 0; i < 15; i++) verifyTwice(cache, tokenOf(i))
    expect(held(cache, 15)).toBeGreaterThan(0)
    cache.clear()
    expect(held(cache, 15)).toBe(0)
    for (let i = 0; i < 15; i++) verifyTwice(cache, tokenOf(i))
    expect(held(cache, 15)).toBeGreaterThanOrEqual(10)
  })

  it('keeps the first of two tokens with the same signature, and never returns one for the other', () => {
    const cache = new VerifiedCache(100)
    const first = verifyTwice(cache, tokenOf(1, 'one'))
    const second = verifyTwice(cache, tokenOf(1, 'two'))
    expect(second.text).toBe(tokenOf(1, 'two'))
    expect(['one', 'two', 'owe'].map((payload) => cache.get(tokenOf(1, payload)))).toEqual([
      first,
      undefined,
      undefined,
    ])
    // The same if the first is in the older generation.
    for (let i = 2; i <= 101; i++) verifyTwice(cache, tokenOf(i))
    expect(cache.get(tokenOf(1, 'two'))).toBeUndefined()
    expect(cache.get(tokenOf(1, 'one'))).toBe(first)
  })

  it('distinguishes long signatures that end alike, as those of ML-DSA do', () => {
    const cache = new VerifiedCache(100)
    const ending = 'A'.repeat(4000)
    for (let i = 0; i < 10; i++) verifyTwice(cache, tokenOf(i) + ending)
    expect(Array.from({ length: 10 }, (_, i) => cache.get(tokenOf(i) + ending)).filter(Boolean)).toHaveLength(10)
  })

  it('does not keep the header that a token was cut out of', () => {
    const cache = new VerifiedCache(2000)
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 2000; i++) {
      const cookies = `${tokenOf(i)}; other=${Buffer.alloc(50_000, 'x').toString('latin1')}`
      verifyTwice(cache, cookies.slice(0, tokenOf(i).length))
    }
    expect(held(cache, 2000)).toBe(2000)
    // All of them would be 100 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60e6)
  })
})
