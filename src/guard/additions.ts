import { ConfigurationError } from '../errors.ts'
import { isRecord } from '../token/json-value.ts'
import { isLate } from './maybe-promise.ts'

const codes = {
  claimsFor: 'claims_invalid',
  additionalClaims: 'claims_invalid',
  headersFor: 'header_invalid',
  additionalHeaders: 'header_invalid',
} as const

/**
 * What the application adds to a token, as an object of members. Anything else would be spread: a promise into nothing,
 * so that a role is missing, and text into its letters. A member that is `undefined` is absent: it would take the place
 * of what hallpass writes, an `exp` for example, and be left out.
 * @throws {ConfigurationError} `claims_invalid`, `header_invalid`
 */
export function additionsOf(source: keyof typeof codes, value: unknown): Readonly<Record<string, unknown>> {
  if (isLate(value)) {
    throw new ConfigurationError(
      codes[source],
      `${source} must be an object and is a promise: await what it needs first, and pass additionalClaims or additionalHeaders`,
    )
  }
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
  const found = Array.isArray(value) ? 'a list' : value === null ? 'null' : `of type ${typeof value}`
  throw new ConfigurationError(codes[source], `${source} must be an object of members, and is ${found}`)
}
