import { type ConfigurationErrorCode, optionInvalid } from '../errors.ts'
import { isRecord } from '../token/json-value.ts'
import { isLate } from './maybe-promise.ts'

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
