import { describe, expect, it } from 'vitest'
import type { TokenErrorCode } from '../errors.ts'
import { decodeBase64url, encodePart, maxTokenLength, splitCompact } from './compact.ts'

const header = (members: object) => encodePart(JSON.stringify(members))
const hs256 = header({ alg: 'HS256' })

describe('splitCompact', () => {
  it('splits three parts, even with an empty payload and signature', () => {
    expect(splitCompact(`${hs256}..`)).toEqual({
      header: { alg: 'HS256' },
      payload: Buffer.alloc(0),
      signature: Buffer.alloc(0),
      signedPart: `${hs256}.`,
    })
  })

  it('takes a token of the greatest length', () => {
    const signature = encodePart(Buffer.alloc(Math.floor(((maxTokenLength - hs256.length - 5) * 3) / 4)))
    const token = `${hs256}.e30.${signature}`
    expect(token).toHaveLength(maxTokenLength)
    expect(encodePart(splitCompact(token).signature)).toBe(signature)
  })

  const refused: [why: string, token: unknown, code: TokenErrorCode][] = [
    ['undefined', undefined, 'token_malformed'],
    ['a number', 5, 'token_malformed'],
    ['an object', { token: 'a.b.c' }, 'token_malformed'],
    ['an empty text', '', 'token_malformed'],
    ['one part', 'abc', 'token_malformed'],
    ['two parts', 'a.b', 'token_malformed'],
    ['two parts, the first a header', `${hs256}.e30`, 'token_malformed'],
    ['four parts', `${hs256}.e30.YQ.YQ`, 'token_malformed'],
    ['five parts, as of JWE', `${hs256}.e30.YQ.YQ.YQ`, 'token_malformed'],
    ['an empty header', '.e30.YQ', 'token_malformed'],
    ['JSON serialization', '{"protected":"","payload":"","signature":""}', 'token_malformed'],
    ['padding', `${hs256}.e30=.YQ`, 'token_malformed'],
    ['the other alphabet', `${hs256}.e30.-+__`, 'token_malformed'],
    ['white space around it', ` ${hs256}.e30.YQ`, 'token_malformed'],
    ['a line break in it', `${hs256}.e3\n0.YQ`, 'token_malformed'],
    ['an unused bit that is set', `${hs256}.e30.YR`, 'token_malformed'],
    ['a length that no encoding has', `${hs256}.e30.YWFhY`, 'token_malformed'],
    ['a letter that looks like another to a careless decoder', `${hs256}.e30.Y\u0151`, 'token_malformed'],
    ['NUL', `${hs256}.e30.Y\u0000`, 'token_malformed'],
    ['one character too many', `${hs256}.e30.${'Y'.repeat(maxTokenLength - hs256.length - 4)}`, 'token_too_large'],
    ['a hundred megabytes', 'a'.repeat(100_000_000), 'token_too_large'],
    ['a header that is an array', `${encodePart('["HS256"]')}.e30.YQ`, 'token_malformed'],
    ['a member twice in the header', `${encodePart('{"alg":"HS256","alg":"none"}')}.e30.YQ`, 'token_malformed'],
    ['kid as a number', `${header({ alg: 'HS256', kid: 5 })}.e30.YQ`, 'token_key_unknown'],
    ['kid as null', `${header({ alg: 'HS256', kid: null })}.e30.YQ`, 'token_key_unknown'],
    ['b64 false', `${header({ alg: 'HS256', b64: false, crit: ['b64'] })}.e30.YQ`, 'token_header_refused'],
    ['b64 false, not said to be critical', `${header({ alg: 'HS256', b64: false })}.e30.YQ`, 'token_header_refused'],
    ['zip', `${header({ alg: 'HS256', zip: 'DEF' })}.e30.YQ`, 'token_header_refused'],
    ['crit unknown', `${header({ alg: 'HS256', crit: ['x'], x: 1 })}.e30.YQ`, 'token_header_refused'],
    ['crit that names what is absent', `${header({ alg: 'HS256', crit: ['exp'] })}.e30.YQ`, 'token_header_refused'],
    ['crit empty', `${header({ alg: 'HS256', crit: [] })}.e30.YQ`, 'token_header_refused'],
    ['crit doubled', `${header({ alg: 'HS256', crit: ['x', 'x'], x: 1 })}.e30.YQ`, 'token_header_refused'],
    ['crit as text', `${header({ alg: 'HS256', crit: 'x' })}.e30.YQ`, 'token_header_refused'],
    ['crit of numbers', `${header({ alg: 'HS256', crit: [1] })}.e30.YQ`, 'token_header_refused'],
    ['crit null', `${header({ alg: 'HS256', crit: null })}.e30.YQ`, 'token_header_refused'],
  ]
  it.each(refused)('refuses %s', (_why, token, code) => {
    for (const time of ['first', 'again']) {
      expect(() => splitCompact(token as string), time).toThrow(expect.objectContaining({ code }))
    }
  })

  it('ignores the header members of key discovery and of costs', () => {
    const members = { alg: 'HS256', jwk: { kty: 'oct' }, jku: 'https://evil.example', x5u: 'x', x5c: ['x'], p2c: 1e9 }
    expect(splitCompact(`${header(members)}.e30.YQ`).header).toEqual(members)
  })

  it('does not take one header for another that differs by a letter', () => {
    const tokens = Array.from({ length: 1000 }, (_, i) => `${header({ alg: 'HS256', kid: `key ${i}` })}..`)
    for (const round of [1, 2]) {
      expect(
        tokens.map((token) => splitCompact(token).header.kid),
        `round ${round}`,
      ).toEqual(tokens.map((_, i) => `key ${i}`))
    }
  })
})

describe('the cache of headers', () => {
  const read = (kid: string) => splitCompact(`${header({ alg: 'HS256', kid })}..`).header

  it('is limited in number: further headers evict earlier ones', () => {
    const first = read('first')
    for (let i = 0; i < 128; i++) read(`few ${i}`)
    const kept = read('first')
    for (let i = 0; i < 256; i++) read(`many ${i}`)
    // One of the two, depending on when the cache was cleared.
    expect(read('first') === kept && kept === first).toBe(false)
    expect(read('last')).toBe(read('last'))
  })

  it('keeps several headers', () => {
    const pairs = [1, 2].map(() => [read('one'), read('other')])
    const again = [read('one'), read('other')]
    // It begins anew once in 256 headers: not between each of these.
    expect(pairs.some(([one, other]) => one === again[0] && other === again[1])).toBe(true)
  })

  it('does not keep a long header', () => {
    expect(read('x'.repeat(300))).toBe(read('x'.repeat(300)))
    expect(read('x'.repeat(400))).not.toBe(read('x'.repeat(400)))
  })
})

describe('decodeBase64url', () => {
  it('reads what encodePart wrote, for every length and every last character', () => {
    for (let length = 0; length < 40; length++) {
      for (let last = 0; last < 256; last++) {
        const bytes = Buffer.alloc(length, last)
        expect(decodeBase64url(encodePart(bytes))).toEqual(bytes)
      }
    }
  })

  it('accepts only one spelling of each byte sequence', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const accepted = [...alphabet].flatMap((a) => [...alphabet].filter((b) => decodeBase64url(a + b) !== undefined))
    expect(accepted).toHaveLength(256)
  })
})
