import { ConfigurationError } from '../../errors.ts'
import { isRecord } from '../../token/json-value.ts'
import { isLate } from '../maybe-promise.ts'

/**
 * What the application adds to a token, as an object of members. Anything else would be spread: a promise into nothing,
 * so that a role is missing, and text into its letters. A member that is `undefined` is absent: it would take the place
 * of what hallpass writes, an `exp` for example, and be left out.
 * @throws {ConfigurationError} `claims_invalid`, `header_invalid`
 */
export function additionsOf(
  source: 'claimsFor' | 'additionalClaims' | 'headersFor' | 'additionalHeaders',
  value: unknown,
): Readonly<Record<string, unknown>> {
  const isPromise = isLate(value)
  if (isRecord(value) && !isPromise) {
    const isPresent = ([, member]: readonly [string, unknown]) => member !== undefined
    const members = Object.entries(value)
    return members.every(isPresent) ? value : Object.fromEntries(members.filter(isPresent))
  }
  const what = isPromise ? ', not a promise: pass its result as additionalClaims or additionalHeaders' : ''
  const code = /claims/i.test(source) ? 'claims_invalid' : 'header_invalid'
  throw new ConfigurationError(code, `${source} must be an object${what}`)
}
