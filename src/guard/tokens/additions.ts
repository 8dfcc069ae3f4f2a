import { ConfigurationError } from '../../errors.ts'
import { isRecord, pick } from '../../token/json-value.ts'
import { isLate } from '../maybe-promise.ts'

/**
 * The members that the application adds to a token, which must be a plain object. Spreading anything else would give
 * the wrong members: a promise has none, so that a role would be missing, and a string has its characters. Members that
 * are `undefined` are removed: they would replace what hallpass writes, such as `exp`, and then be left out.
 * @throws {ConfigurationError} `claims_invalid`, `header_invalid`
 */
export function additionsOf(
  source: 'claimsFor' | 'additionalClaims' | 'headersFor' | 'additionalHeaders',
  value: unknown,
): Readonly<Record<string, unknown>> {
  const isPromise = isLate(value)
  if (isRecord(value) && !isPromise) return pick(value, Object.keys(value))
  const what = isPromise ? ', not a promise: pass its result as additionalClaims or additionalHeaders' : ''
  const code = /claims/i.test(source) ? 'claims_invalid' : 'header_invalid'
  throw new ConfigurationError(code, `${source} must be an object${what}`)
}
