import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parseAs } from './parse-as.ts'

describe('parseAs reports for a member', () => {
  const even = z.number().refine((number) => number % 2 === 0)
  const rows: [why: string, schema: z.ZodType, value: unknown, msg: string][] = [
    ['absent', z.string(), undefined, 'is missing'],
    ['null', z.string(), null, 'must be a string'],
    ['no string', z.string(), 1, 'must be a string'],
    ['no number', z.number(), '1', 'must be a number'],
    ['the text of an infinite one', z.number(), 'Infinity', 'must be a number'],
    ['a symbol', z.number(), Symbol('1'), 'must be a number'],
    ['not a number', z.number(), Number.NaN, 'must be a number'],
    ['infinite', z.number(), Number.POSITIVE_INFINITY, 'must be finite'],
    ['no whole number and infinite', z.int(), Number.NEGATIVE_INFINITY, 'must be finite'],
    ['no whole number', z.int(), 1.5, 'must be a whole number'],
    ['no boolean', z.boolean(), 'true', 'must be true or false'],
    ['no array', z.array(z.string()), {}, 'must be an array'],
    ['no object', z.object({}), [], 'must be an object'],
    ['no record', z.record(z.string(), z.string()), 1, 'must be an object'],
    ['a date', z.date(), 1, 'must be of another type'],
    ['too short', z.string().min(2), 'a', 'must have at least 2 characters'],
    ['empty', z.string().min(1), '', 'must have at least 1 character'],
    ['too long', z.string().max(1), 'ab', 'must have at most 1 character'],
    ['too few', z.array(z.string()).min(1), [], 'must have at least 1 entry'],
    ['too many', z.array(z.string()).max(2), ['a', 'b', 'c'], 'must have at most 2 entries'],
    ['too small', z.number().min(1), 0, 'must be at least 1'],
    ['too big', z.number().max(5), 6, 'must be at most 5'],
    ['above a bound', z.number().lt(5), 5, 'must be less than 5'],
    ['below a bound', z.number().gt(5), 5, 'must be more than 5'],
    ['between', z.number().multipleOf(2), 3, 'must be a multiple of 2'],
    ['no address', z.email(), 'a', 'must be an email address'],
    ['no URL', z.url(), 'a', 'must be a URL'],
    ['no UUID', z.uuid(), 'a', 'must be a UUID'],
    ['no time', z.iso.datetime(), 'a', 'must be a time such as 2027-01-31T12:00:00Z'],
    ['another pattern', z.string().regex(/b/), 'a', 'has the wrong format'],
    ['another pattern with words', z.string().regex(/b/, 'must have a b'), 'a', 'must have a b'],
    ['another constant', z.literal('a'), 'b', 'must be "a"'],
    ['none of them', z.enum(['a', 'b']), 'c', 'must be one of "a", "b"'],
    ['neither', z.union([z.string(), z.number()]), true, 'is invalid'],
    ['another key', z.record(z.string().max(1), z.string()), { ab: '' }, 'is invalid'],
    ['an entry', z.map(z.object({}), z.string()), new Map([[{}, 1]]), 'is invalid'],
    ['against a rule', even, 1, 'is invalid'],
    ['against a rule with words', even.refine(() => false, 'must be nice'), 2, 'must be nice'],
  ]
  it.each(rows)('%s', (_why, schema, value, msg) => {
    expect(parseAs(z.object({ value: schema }), { value }).faults).toContainEqual({
      member: expect.stringMatching(/^value/),
      msg,
    })
  })

  it('where it is', () => {
    const schema = z.object({ list: z.array(z.object({ name: z.string() })) })
    expect(parseAs(schema, { list: [{ name: '' }, {}] }).faults).toEqual([{ member: 'list.1.name', msg: 'is missing' }])
  })

  it('each unknown one', () => {
    const { faults } = parseAs(z.strictObject({}), { a: 1, b: 2 })
    expect(faults).toEqual(['a', 'b'].map((member) => ({ member, msg: 'is not known here' })))
  })
})
