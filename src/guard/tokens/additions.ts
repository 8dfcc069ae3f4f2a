import { pick } from '../../token/json-value.ts'
import { requireObject } from '../../token/require-object.ts'

/**
 * The members that the application adds to a token, which must be an object. Members that
 * are `undefined` are removed: they would replace what hallpass writes, such as `exp`, and then be left out.
 * @throws {ConfigurationError} `claims_invalid`, `header_invalid`
 */
export function additionsOf(
  source: 'claimsFor' | 'additionalClaims' | 'headersFor' | 'additionalHeaders',
  value: unknown,
): Readonly<Record<string, unknown>> {
  requireObject(source, value, /claims/i.test(source) ? 'claims_invalid' : 'header_invalid')
  const members = value as Readonly<Record<string, unknown>>
  return pick(members, Object.keys(members))
}
