import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { composeToken, hashOfToken, readToken } from './opaque-token.ts'

const bytes = randomBytes(33)
const text = composeToken('hp_x_', bytes)

describe('an opaque token', () => {
  it('is read as it was made', () => {
    expect(text).toMatch(/^hp_x_[\w-]{50}$/)
    expect(readToken('hp_x_', 33, text)).toEqual(bytes)
  })

  it('is rejected if any single character is changed', () => {
    for (let i = 0; i < text.length; i++) {
      const changed = text.slice(0, i) + (text[i] === 'A' ? 'B' : 'A') + text.slice(i + 1)
      expect([i, readToken('hp_x_', 33, changed)]).toEqual([i, undefined])
    }
  })

  it.each([
    ['another kind', 'hp_y_', 33, text],
    ['another length', 'hp_x_', 48, text],
    ['nothing', 'hp_x_', 33, ''],
    ['the prefix alone', 'hp_x_', 33, 'hp_x_'],
    ['text after it', 'hp_x_', 33, `${text}A`],
    ['a line break after it', 'hp_x_', 33, `${text}\n`],
    ['a megabyte', 'hp_x_', 33, 'x'.repeat(1_000_000)],
    ['other characters', 'hp_x_', 33, `hp_x_${'='.repeat(50)}`],
  ])('is not read from %s', (_what, prefix, length, presented) => {
    expect(readToken(prefix, length, presented)).toBeUndefined()
  })

  it('is identified by a hash', () => {
    expect(hashOfToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(hashOfToken('abc', 'base64url')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  })
})
