import { describe, expect, it } from 'vitest'
import type { AlgorithmName } from '../algorithms.ts'
import { generateKey, importKey } from '../keys/import-key.ts'
import { exportJwk, type Jwk } from '../keys/jwk.ts'
import { nameOf } from '../keys/key.ts'
import { parseStrictJson } from '../strict-json.ts'
import { faultsOf, noKeys, type PublishedKeys, readPublishedKeys } from './published-keys.ts'

const one = exportJwk(generateKey('ES256', { kid: 'one' }))
const other = exportJwk(generateKey('ES256', { kid: 'other' }))
const { alg: _, ...bare } = exportJwk(generateKey('RS256', { kid: 'bare' }))

function read(keys: unknown, { known = noKeys, algorithm }: { known?: PublishedKeys; algorithm?: AlgorithmName } = {}) {
  return readPublishedKeys(Buffer.from(JSON.stringify({ keys })), known, algorithm, {
    importKey,
    nameOf,
    parseStrictJson,
  })
}
const kidsOf = (published: PublishedKeys) => [...published.keys.values()].map(({ kid }) => kid)
const many = (count: number): Jwk[] => Array.from({ length: count }, (_, index) => ({ ...one, kid: `${index}` }))

/** As issuers publish them beside those for signatures. */
const forEncryption: [what: string, jwk: object][] = [
  ['of an algorithm for signatures', { ...other, use: 'enc' }],
  ['of RSA without an algorithm', { ...bare, use: 'enc' }],
  ['of RSA-OAEP', { ...bare, use: 'enc', alg: 'RSA-OAEP' }],
  ['of RSA-OAEP, by its key_ops', { ...bare, key_ops: ['encrypt'], alg: 'RSA-OAEP-256' }],
  ['of ECDH-ES', { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43), use: 'enc', alg: 'ECDH-ES' }],
  ['of a type to come', { kty: 'LWE', use: 'enc' }],
]

describe('a key set', () => {
  const accepted: [what: string, keys: unknown, kids: string[]][] = [
    ['an empty one', [], []],
    ['two keys', [one, other], ['one', 'other']],
    ['one key twice', [one, one], ['one']],
    ['one key with a further member', [one, { ...one, x5t: 'x' }], ['one']],
    ['one key under two names', [one, { ...one, kid: 'renamed' }], ['one', 'renamed']],
    ...forEncryption.map(([what, jwk]): [string, unknown, string[]] => [
      `one key beside one for encryption, ${what}`,
      [jwk, one],
      ['one'],
    ]),
    ['100 keys', many(100), many(100).map(({ kid }) => `${kid}`)],
  ]
  it.each(accepted)('may be %s', (_what, keys, kids) => {
    const published = read(keys)
    expect(kidsOf(published)).toEqual(kids)
    expect(published.faults.size).toBe(0)
  })

  const secrets = ['k', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']
  const refused: [what: string, keys: unknown][] = [
    ['no list', one],
    ['absent', undefined],
    ['101 keys', many(101)],
    ['a list of text', ['one']],
    ['a list of null', [null]],
    ['two keys of one name', [one, { ...other, kid: 'one' }]],
    ['keys that cannot be used', [{ kty: 'XYZ' }]],
    ['one with an exponent of megabytes', [{ ...bare, alg: 'RS256', e: 'B'.repeat(8_000_000) }]],
    ...secrets.map((member): [string, unknown] => [`a key that has "${member}"`, [other, { ...one, [member]: null }]]),
  ]
  it.each(refused)('may not be %s', (_what, keys) => {
    expect(() => read(keys)).toThrow(Error)
    expect(() => read(keys)).not.toThrow(TypeError)
  })

  it('keeps a key that did not change, with what is known of it', () => {
    const known = read([one, other])
    const [first] = known.keys.values()
    expect([...read([{ ...other, use: 'sig' }, one], { known }).keys.values()].at(-1)).toBe(first)
  })

  it('says its algorithm itself, or is told', () => {
    expect(() => read([bare])).toThrow('algorithm')
    expect(kidsOf(read([one, bare]))).toEqual(['one'])
    const told = read([one, bare], { algorithm: 'PS256' })
    expect([...told.keys.values()].map(({ algorithm }) => algorithm)).toEqual(['ES256', 'PS256'])
  })

  it('says of each key that cannot be used why, the first ten of them, and nothing of those for encryption', () => {
    const unfit = [{ kty: 'XYZ' }, { ...one, kid: 'weak', crv: 'P-1' }, ...forEncryption.map(([, jwk]) => jwk)]
    const { faults } = read([one, ...unfit])
    expect([...faults.keys()]).toEqual(['number 1', 'weak'])
    expect(faultsOf({ faults })).toMatch(/^Key "number 1": .+; Key "weak": [^;]+$/)
    const twelve = read([one, ...many(12).map((jwk) => ({ ...jwk, crv: 'P-1' }))])
    expect(faultsOf(twelve).match(/Key "/g)).toHaveLength(10)
  })
})
