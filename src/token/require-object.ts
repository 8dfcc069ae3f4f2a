import { type ConfigurationErrorCode, optionInvalid } from '../errors.ts'
import { isRecord } from './json-value.ts'
import { isLate } from './late.ts'

/**
 * Rejects a value whose members would be ignored or wrong: a promise that is not awaited has none, so that a route would
 * require no role, and a string has its characters.
 * @throws {ConfigurationError} `option_invalid`, or the given code
 */
export function requireObject<Value>(name: string, value: Value, code?: ConfigurationErrorCode): Value {
  // Each request has options. Nearly all are of the first kind, which takes less time to recognise.
  if ((value as { constructor?: unknown } | undefined)?.constructor === Object || isRecord(value)) return value
  throw optionInvalid(`${name} must be an object${isLate(value) ? ': await the promise' : ''}`, code)
}

const none = {}

/**
 * Rejects options with a name that is not known. A misspelt one would be ignored: `audiance` would let tokens for any
 * recipient pass. A name that a program has given to all objects is not one of the options.
 * @throws {ConfigurationError} `option_invalid`
 */
export function requireOptions<Options extends object>(
  options: Options | undefined,
  known: ReadonlySet<keyof Options>,
): Options {
  // Most calls have no options, and need not pay for those that do.
  if (options === undefined) return none as Options
  for (const name of Object.keys(requireObject('options', options))) {
    if (!known.has(name as keyof Options)) throw optionInvalid(`${name} is not an option`)
  }
  return options
}
