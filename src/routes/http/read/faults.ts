import type { z } from 'zod'
import type { MemberFault, RequestError } from '../../../errors.ts'

type Issue = z.core.$ZodIssue

/**
 * Checks a value against a schema.
 * @param refuse Makes the refusal that names every invalid member.
 */
export function readAs(value: unknown, schema: z.ZodType, refuse: (members: MemberFault[]) => RequestError): unknown {
  // With the input, an issue distinguishes a missing member from one of another type. No message repeats it.
  const { success, data, error } = schema.safeParse(value, { reportInput: true })
  if (success) return data
  throw refuse(faultsOf(error.issues))
}

/** Our own messages: those of the library are for its developers, and change with it. */
export function faultsOf(issues: readonly Issue[]): MemberFault[] {
  return issues.flatMap((issue) => {
    const member = issue.path.join('.')
    if (issue.code !== 'unrecognized_keys') return [{ member, msg: textOf(issue) }]
    return issue.keys.map((key) => ({ member: [...issue.path, key].join('.'), msg: 'is not known here' }))
  })
}

function textOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing'
      return `must be ${types[issue.expected] ?? 'of another type'}`
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
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
      return 'is invalid'
    case 'custom':
      // The message is ours if one of our own rules provided it.
      return issue.message === defaultCustomMessage ? 'is invalid' : issue.message
  }
}

/** The library's message for a rule without one. */
const defaultCustomMessage = 'Invalid input'

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
