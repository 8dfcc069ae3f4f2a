import { describe, expect, it } from 'vitest'
import { makeServerSecret } from '../../../secrets/server-secret.ts'
import { readRecoveryCode } from './recovery-codes.ts'
import { makeAppEntry, openSecret, sealSecret, stepOfCode } from './totp.ts'

/** RFC 6238 appendix B, the last six of its eight digits. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const vectors: [seconds: number, code: string][] = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
]

describe('stepOfCode', () => {
  it.each(vectors)('accepts the code of second %i', async (seconds, code) => {
    const step = Math.floor(seconds / 30)
    expect(await stepOfCode(secret, code, new Date(seconds * 1000))).toBe(step)
    expect(await stepOfCode(secret, code, new Date((seconds + 30) * 1000))).toBe(step)
    expect(await stepOfCode(secret, code, new Date((seconds - 30) * 1000))).toBe(step)
    expect(await stepOfCode(secret, code, new Date((seconds + 60) * 1000))).toBeUndefined()
    expect(await stepOfCode(secret, code, new Date((seconds - 60) * 1000))).toBeUndefined()
  })

  it.each(['005 924', '005924\n', ' 005924 ', '005\u00a0924', '0 0 5 9 2 4'])('reads %j', async (code) => {
    expect(await stepOfCode(secret, code, new Date(1_234_567_890_000))).toBe(Math.floor(1_234_567_890 / 30))
  })

  it.each([
    '٠٠٥٩٢٤',
    '００５９２４',
    ' 05924',
    '5924',
    '0059240',
    '005-924',
    '0059 2',
    '00592a',
    '',
    '+05924',
    '0x5924',
  ])('refuses %j', async (code) => {
    expect(await stepOfCode(secret, code, new Date(1_234_567_890_000))).toBeUndefined()
  })
})

describe('a secret', () => {
  it('has 160 bits, and differs each time', async () => {
    const about = { issuer: 'id.example', username: 'anna' }
    const [one, other] = [await makeAppEntry(about), await makeAppEntry(about)]
    expect(one.secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(one.secret).not.toBe(other.secret)
  })

  it('opens only for its own app, with any secret of the server', () => {
    const secrets = makeServerSecret(['one'.repeat(20)])
    const sealed = sealSecret(secrets, 'a', secret)
    expect(openSecret(secrets, { id: 'a', sealed })).toBe(secret)
    expect(openSecret(makeServerSecret(['new'.repeat(20), 'one'.repeat(20)]), { id: 'a', sealed })).toBe(secret)
    expect(openSecret(makeServerSecret(['new'.repeat(20)]), { id: 'a', sealed })).toBeUndefined()
    expect(() => openSecret(secrets, { id: 'b', sealed })).toThrow()
  })
})

describe('readRecoveryCode', () => {
  const read = '0123ABCDEFGH0111'
  it.each([
    '0123-ABCD-EFGH-0111',
    '0123abcdefgh0111',
    ' o123 abcd efgh olIi\t',
    'O123ABCDEFGHOILi',
    '01-23-AB-CD-EFGH-0111',
  ])('reads %j', (text) => {
    expect(readRecoveryCode(text)).toBe(read)
  })

  it.each([
    '',
    '0123-ABCD-EFGH-011',
    '0123-ABCD-EFGH-01111',
    '0123-ABCD-EFGU-0111',
    '0123_ABCD_EFGH_0111',
    '０123ABCDEFGH0111',
  ])('finds none in %j', (text) => {
    expect(readRecoveryCode(text)).toBeUndefined()
  })
})
