import { describe, expect, it } from 'vitest'
import { parseJsonObject } from './strict-json.ts'

const parse = (text: string | Uint8Array) => parseJsonObject(Buffer.from(text as string), 'payload')

describe('parseJsonObject', () => {
  const accepted: [why: string, text: string][] = [
    ['nothing in it', '{}'],
    ['white space', ' {\r\n\t"a" : 1 } '],
    ['escapes of all kinds', '{"a\\"b":"\\\\","c":"\\u00e9\\ud83d\\ude00","d":"\\\\\\"}"}'],
    ['colons, braces and brackets in strings', '{"a:b":"{[:]}","c":[":"]}'],
    ['the same name on two levels', '{"a":{"a":{"a":[]}}}'],
    ['names of the prototype', '{"__proto__":{"x":1},"constructor":1,"toString":2}'],
    ['escapes beside values of every type', '{"a":"\\u00e9","b":null,"c":1,"d":true,"e":[null,"\\n"],"f":{"\\t":""}}'],
    ['forty lists side by side', `{"a":[${'[],'.repeat(39)}[]]}`],
    ['forty objects side by side', `{"a":[${'{},'.repeat(39)}{}]}`],
    ['32 levels', `${'{"a":'.repeat(31)}{}${'}'.repeat(31)}`],
    [
      'numbers at the edge',
      '{"a":[9007199254740991,-9007199254740991,0.1,-0,1.5e3,1795434203.123456789,70e-1,7.0,5e-324]}',
    ],
    ['letters beyond ASCII', '{"name":"Zoë 😀"}'],
  ]
  it.each(accepted)('reads %s as JSON.parse does', (_why, text) => {
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  const refused: [why: string, text: string | Uint8Array][] = [
    ['an empty text', ''],
    ['text that is no JSON', 'abc'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['a number', '1'],
    ['null', 'null'],
    ['something after it', '{} {}'],
    ['a comma too many', '{"a":1,}'],
    ['NaN', '{"a":NaN}'],
    ['a string without an end', '{"a":"b'],
    ['a string without an end, behind an escape', '{"a\\n":"b'],
    ['a string that ends in a backslash', '{"a":"b\\'],
    ['a name twice', '{"a":1,"a":1}'],
    ['a name twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a name twice, far below', '{"a":[{"b":{"c":1,"c":2}}]}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":{}}'],
    ['33 levels', `${'{"a":'.repeat(32)}{}${'}'.repeat(32)}`],
    ['20,000 levels', '['.repeat(20_000)],
    ['20,000 levels in an object', `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['a byte order mark', '\ufeff{}'],
    ['bytes that are no UTF-8', Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
    ['a lone surrogate as bytes', Uint8Array.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ['a lone surrogate as an escape', '{"a":"\\ud800"}'],
    ['a lone surrogate beside text', '{"a":"x","b":["x",{"c":"x","d":"\\udfff"}],"e":"x"}'],
    ['a lone surrogate in a name beside others', '{"a":"x","\\ud800":"x","b":"x"}'],
    ['a lone surrogate in a name', '{"\\udc00":1}'],
  ]
  const another: [why: string, number: string][] = [
    ['2^53 + 1, which is read as 2^53', '9007199254740993'],
    ['2^53, which 2^53 + 1 is read as', '9007199254740992'],
    ['the same below zero', '-9007199254740993'],
    ['the same with a fraction', '9007199254740993.0'],
    ['the same with an exponent', '9007199254740993e0'],
    ['twenty digits', '12345678901234567890'],
    ['1e16', '1e16'],
    ['infinity', '1e400'],
    ['infinity below zero', '-1e400'],
    ['what is nearly 7', '7.00000000000000000001'],
    ['what is nearly 100', '100.00000000000000000001'],
    ['what is nearly -7', '-7.00000000000000000001'],
    ['what is nearly 5', '4.99999999999999999999'],
    ['what is nearly 7, by an exponent', '0.700000000000000000001e1'],
    ['what is nearly 0', '1e-400'],
  ]
  it.each(another)('refuses a number that becomes another: %s', (_why, number) => {
    for (const text of [`{"sub":${number}}`, `{"a":"\\"1.5","b":[{"c": ${number}}]}`]) {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'token_claim_invalid' }))
      expect(() => parseJsonObject(Buffer.from(text), 'header')).toThrow(
        expect.objectContaining({ code: 'token_malformed' }),
      )
    }
  })

  it.each(refused)('refuses %s', (_why, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'token_malformed' }))
  })

  it('reads a number of three million digits in one pass: in quadratic time, it would take an hour', () => {
    expect(() => parse(`{"a":0.${'0'.repeat(3_000_000)}1}`)).toThrow(
      expect.objectContaining({ code: 'token_claim_invalid' }),
    )
  })

  it('touches no prototype, and freezes the whole object', () => {
    const value = parse('{"__proto__":{"admin":true},"a":{"b":[1]}}') as { a: { b: number[] }; admin?: unknown }
    expect(value.admin).toBeUndefined()
    expect(({} as { admin?: unknown }).admin).toBeUndefined()
    expect([value, value.a, value.a.b].every(Object.isFrozen)).toBe(true)
  })

  it('does not quote the text in its message', () => {
    expect(() => parse('{"secret-value": oops}')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    )
  })

  it('agrees with JSON.parse about thousands of random objects', () => {
    let seed = 1
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    const make = (depth: number): unknown => {
      const kind = random(depth > 3 ? 4 : 6)
      if (kind === 0) return random(1000) - 500
      if (kind === 1) return ['"', '\\', ':', '{', '}', '[', 'é', '\n', '😀', 'a:"b'][random(10)]
      if (kind === 2) return null
      if (kind === 3) return true
      if (kind === 4) return Array.from({ length: random(4) }, () => make(depth + 1))
      return Object.fromEntries(Array.from({ length: random(5) }, (_, i) => [`${make(9)}${i}`, make(depth + 1)]))
    }
    for (let i = 0; i < 3000; i++) {
      const text = JSON.stringify({ value: make(0) }, null, random(3))
      expect(parse(text)).toEqual(JSON.parse(text))
    }
  })
})
