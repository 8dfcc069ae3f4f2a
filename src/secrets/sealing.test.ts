import { describe, expect, it } from 'vitest'
import { SealBrokenError, Sealing } from './sealing.ts'

const purpose = 'signing keys'
const before = new Sealing(purpose, 'the secret before, of some length')
const now = new Sealing(purpose, 'the secret of now, of some length', 'the secret before, of some length')
const stranger = new Sealing(purpose, 'the secret of a stranger, as long')

describe('Sealing', () => {
  it('opens what it sealed, and never produces the same text twice', () => {
    const [one, other] = [now.seal('a key ü', 'k'), now.seal('a key ü', 'k')]
    expect(one.sealed).not.toBe(other.sealed)
    expect([now.open(one, 'k'), now.open(other, 'k')]).toEqual(['a key ü', 'a key ü'])
    expect(one.sealed).not.toContain(Buffer.from('a key').toString('base64url'))
  })

  it('opens what was sealed under the previous secret, and nothing sealed under an unknown one', () => {
    expect(now.open(before.seal('x', 'k'), 'k')).toBe('x')
    expect(before.open(now.seal('x', 'k'), 'k')).toBeUndefined()
    expect(stranger.open(now.seal('x', 'k'), 'k')).toBeUndefined()
  })

  it('identifies the secret, and reveals nothing about it', () => {
    expect(now.currentId).toMatch(/^[0-9a-f]{16}$/)
    expect(new Set([now.currentId, before.currentId, stranger.currentId]).size).toBe(3)
    expect(new Sealing(purpose, 'the secret of now, of some length').currentId).toBe(now.currentId)
  })

  it('opens nothing that was sealed for another purpose', () => {
    const other = new Sealing('mail links', 'the secret of now, of some length')
    expect(other.currentId).not.toBe(now.currentId)
    expect(other.open(now.seal('x', 'k'), 'k')).toBeUndefined()
    expect(() => other.open({ ...now.seal('x', 'k'), sealedUnder: other.currentId }, 'k')).toThrow(SealBrokenError)
  })

  const sealed = now.seal('a key', 'k')
  const changes: [what: string, change: () => unknown][] = [
    ['in another context', () => now.open(sealed, 'l')],
    ['with a byte changed', () => now.open({ ...sealed, sealed: flip(sealed.sealed, 14) }, 'k')],
    ['with its nonce changed', () => now.open({ ...sealed, sealed: flip(sealed.sealed, 0) }, 'k')],
    ['with its tag changed', () => now.open({ ...sealed, sealed: flip(sealed.sealed, -1) }, 'k')],
    ['cut short', () => now.open({ ...sealed, sealed: sealed.sealed.slice(0, 20) }, 'k')],
    ['empty', () => now.open({ ...sealed, sealed: '' }, 'k')],
    ['under another secret’s id', () => now.open({ ...sealed, sealedUnder: before.currentId }, 'k')],
  ]
  it.each(changes)('refuses to open it %s', (_what, open) => {
    expect(open).toThrow(SealBrokenError)
  })

  function flip(text: string, index: number): string {
    const bytes = Buffer.from(text, 'base64url')
    const at = index < 0 ? bytes.length + index : index
    bytes[at] = (bytes[at] as number) ^ 1
    return bytes.toString('base64url')
  }
})
