import { describe, expect, it } from 'vitest'
import { lossIn } from './json-value.ts'

class Address {
  readonly city = 'Paris'
}
class Hidden {
  readonly #city = 'Paris'
  get city(): string {
    return this.#city
  }
}
const circle: Record<string, unknown> = {}
circle.self = circle

describe('a value that JSON keeps as it is', () => {
  const kept: [what: string, value: unknown][] = [
    ['text, numbers, flags and null', { a: 'x', b: -1.5, c: false, d: null, e: 0, f: [], g: {} }],
    ['lists in lists', [[1, ['x']], { a: [null] }]],
    ['a member that is undefined', { role: undefined }],
    ['a date', { at: new Date(0) }],
    ['an address', { url: new URL('https://app.example') }],
    ['an object of a class', { address: new Address() }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['2^53 - 1', { n: Number.MAX_SAFE_INTEGER }],
    ['an object whose toJSON returns an object', { toJSON: () => ({ a: 1 }) }],
    ['a function whose toJSON returns text', { a: Object.assign(() => 1, { toJSON: () => 'x' }) }],
  ]
  it.each(kept)('%s', (_what, value) => {
    expect(lossIn(value)).toBeUndefined()
  })

  const lost: [what: string, value: unknown, loss: string][] = [
    ['a function', { a: () => 1 }, '.a is [object Function]'],
    ['a symbol', { a: Symbol('x') }, '.a is [object Symbol]'],
    ['a bigint', { a: 5n }, '.a is [object BigInt]'],
    ['NaN', { a: [1, Number.NaN] }, '.a.1 is NaN'],
    ['infinity', { a: { b: Number.NEGATIVE_INFINITY } }, '.a.b is -Infinity'],
    ['2^53', { a: 2 ** 53 }, '.a is 9007199254740992'],
    ['a Map', { roles: new Map([['admin', true]]) }, '.roles is [object Map]'],
    ['a Map as the whole', new Map(), ' is [object Map]'],
    ['a Set', { roles: new Set(['admin']) }, '.roles is [object Set]'],
    ['bytes', { a: Uint8Array.of(1) }, '.a is [object Uint8Array]'],
    ['a promise', { a: Promise.resolve(1) }, '.a is [object Promise]'],
    ['an error', { a: new Error('x') }, '.a is [object Error]'],
    ['an expression', { a: /x/ }, '.a is [object RegExp]'],
    ['a number in a box', { a: Object(1) }, '.a is [object Number]'],
    ['undefined in a list', { a: [1, undefined] }, '.a.1 is [object Undefined]'],
    ['a hole in a list', { a: new Array(1) }, '.a.0 is [object Undefined]'],
    ['an invalid date', { a: new Date(Number.NaN) }, '.a is [object Null]'],
    ['an object whose toJSON returns undefined', { a: { toJSON: () => undefined } }, '.a is [object Undefined]'],
    ['an object whose toJSON returns a function', { a: { toJSON: () => () => 1 } }, '.a is [object Function]'],
    ['an object without visible members', { a: new Hidden() }, '.a is [object Object]'],
    ['a circle', circle, `${'.self'.repeat(32)} is nested too deeply`],
  ]
  it.each(lost)('and not %s', (_what, value, loss) => {
    expect(lossIn(value)).toBe(loss)
  })
})
