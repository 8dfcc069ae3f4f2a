import type { z } from 'zod'
import type { MemberFault } from '../../errors.ts'

/** A value that fits its schema, or what is wrong with it, one entry for each invalid member. */
export type Parsed<Value> =
  | { readonly value: Value; readonly faults?: undefined }
  | { readonly value?: undefined; readonly faults: readonly MemberFault[] }

/**
 * Checks a value against a schema. The messages are those of the schema, or else ours: those of the library are for its
 * developers, and change with it. None of them repeats the value.
 */
export function parseAs<Value>(schema: z.ZodType<Value>, value: unknown): Parsed<Value> {
  const { success, data, error } = schema.safeParse(value, { error: textOf })
  return success ? { value: data } : { faults: error.issues.flatMap(faultsOf) }
}

function faultsOf(issue: z.core.$ZodIssue): MemberFault[] {
  const nameOf = (...rest: string[]) => [...issue.path, ...rest].join('.')
  if (issue.code !== 'unrecognized_keys') return [{ member: nameOf(), msg: issue.message }]
  return issue.keys.map((key) => ({ member: nameOf(key), msg: issue.message }))
}

function textOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing'
      return `must be ${isInfinite(issue.input) ? 'finite' : (types[issue.expected] ?? 'of another type')}`
    case 'too_small':
      return bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_format':
      return formats[issue.format] ?? 'has the wrong format'
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'unrecognized_keys':
      return 'is not known here'
    default:
      return 'is invalid'
  }
}

function isInfinite(value: unknown): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY
}

const types: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

const formats: Readonly<Record<string, string>> = {
  email: 'must be an email address',
  url: 'must be a URL',
  uuid: 'must be a UUID',
  datetime: 'must be a time such as 2027-01-31T12:00:00Z',
}

function bound(origin: string, which: string, size: number | bigint): string {
  if (origin === 'string') return `must have ${which} ${size} ${size === 1 ? 'character' : 'characters'}`
  if (origin === 'array' || origin === 'set') return `must have ${which} ${size} ${size === 1 ? 'entry' : 'entries'}`
  return `must be ${which} ${size}`
}
