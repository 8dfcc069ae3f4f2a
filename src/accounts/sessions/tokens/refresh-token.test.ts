import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { csrfOf, makeRefreshToken, makeSuccessor, readRefreshToken } from './refresh-token.ts'

const key = Buffer.alloc(32, 'a key of the servers')

describe('a refresh token', () => {
  it('is random text of 76 characters', () => {
    const texts = new Set(Array.from({ length: 100 }, () => makeRefreshToken().text))
    expect(texts.size).toBe(100)
    for (const text of texts) expect(text).toMatch(/^hp_rt_[\w-]{70}$/)
  })

  it('is known to the database by its SHA-256', () => {
    const { text, hash } = makeRefreshToken()
    expect(hash).toBe(createHash('sha256').update(text).digest('hex'))
  })

  it('is read back unchanged', () => {
    const token = makeRefreshToken()
    expect(readRefreshToken(token.text)).toEqual(token)
  })

  it('shares its family with its successor, and nothing else', () => {
    const token = makeRefreshToken()
    const successor = makeSuccessor(token, key)
    expect(successor.familyHash).toBe(token.familyHash)
    expect(successor.hash).not.toBe(token.hash)
    expect(readRefreshToken(successor.text)).toEqual(successor)
    expect(makeRefreshToken().familyHash).not.toBe(token.familyHash)
  })

  it('is invalid if any one character is changed', () => {
    const { text } = makeRefreshToken()
    for (let i = 0; i < text.length; i++) {
      const changed = text.slice(0, i) + (text[i] === 'A' ? 'B' : 'A') + text.slice(i + 1)
      expect(readRefreshToken(changed)).toBeUndefined()
    }
  })

  it.each(['', 'hp_rt_', 'x'.repeat(76), `hp_rt_${'A'.repeat(70)}`, `hp_rt_${'='.repeat(70)}`, 'x'.repeat(1_000_000)])(
    'is not read from %.20s',
    (text) => {
      expect(readRefreshToken(text)).toBeUndefined()
    },
  )

  it('has one successor for one key, and others for other keys and other tokens', () => {
    const token = makeRefreshToken()
    const successor = makeSuccessor(token, key)
    expect(makeSuccessor(token, key)).toEqual(successor)
    expect(makeSuccessor(token, Buffer.alloc(32)).hash).not.toBe(successor.hash)
    expect(makeSuccessor(makeRefreshToken(), key).hash).not.toBe(successor.hash)
  })

  it('has one double-submit value, which does not reveal it', () => {
    const { text } = makeRefreshToken()
    expect(csrfOf(text)).toBe(csrfOf(text))
    expect(text).not.toContain(csrfOf(text))
    expect(csrfOf(text)).not.toBe(csrfOf(makeRefreshToken().text))
  })
})
