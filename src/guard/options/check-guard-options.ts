import { refuseMistakes } from '../../errors.ts'
import { listOf } from '../../token/json-value.ts'
import { aFlag, aNameOrNames, areTexts, type Kind, misfits, seconds, someLocations } from './check-options.ts'
import type { GuardOptions } from './guard-options.ts'

/** A scope as RFC 6749 section 3.3 has it. */
const scope = /^[\x21\x23-\x5b\x5d-\x7e]+$/

const kinds: Readonly<Record<keyof GuardOptions, Kind>> = {
  optional: aFlag,
  fresh: aFlag,
  refresh: aFlag,
  verifyType: aFlag,
  skipRevocationCheck: aFlag,
  revocation: ["'strict', or absent", (value) => value === 'strict'],
  roles: aNameOrNames,
  scopes: [
    'a non-empty string without spaces or a list of them',
    (value) => areTexts(listOf(value), (text) => scope.test(text)),
  ],
  mfa: aFlag,
  maxAgeSeconds: seconds,
  locations: someLocations,
}

/**
 * A misspelt option would leave a route less guarded than it looks.
 * @throws {ConfigurationError} `option_invalid`, with every mistake
 */
export function checkGuardOptions(options: GuardOptions): void {
  const problems = misfits(options, kinds)
  if (options.skipRevocationCheck && options.revocation !== undefined) {
    problems.push('skipRevocationCheck and revocation cannot be combined')
  }
  for (const name of ['roles', 'scopes'] as const) {
    if (options.optional && options[name] !== undefined) problems.push(`optional and ${name} cannot be combined`)
  }
  refuseMistakes(problems)
}
