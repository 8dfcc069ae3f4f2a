import { ConfigurationError } from '../errors.ts'
import type { GuardOptions } from './guard-options.ts'
import { listOf } from './permissions.ts'

const flags: readonly string[] = ['optional', 'fresh', 'refresh', 'verifyType', 'skipRevocationCheck']

/** A scope as RFC 6749 section 3.3 has it. */
const scope = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * A misspelt option would leave a route less guarded than it looks.
 * @throws {ConfigurationError} `option_invalid`, with every mistake
 */
export function checkGuardOptions(options: GuardOptions): void {
  const problems = Object.entries(options).flatMap(([name, value]) => problemOf(name, value) ?? [])
  if (options.skipRevocationCheck && options.revocation !== undefined) {
    problems.push('skipRevocationCheck and revocation cannot be combined')
  }
  for (const name of ['roles', 'scopes'] as const) {
    if (options.optional && options[name] !== undefined) problems.push(`optional and ${name} cannot be combined`)
  }
  if (problems.length > 0) throw new ConfigurationError('option_invalid', problems.join('; '))
}

function problemOf(name: string, value: unknown): string | undefined {
  if (value === undefined || name === 'locations') return undefined
  if (name === 'revocation') return value === 'strict' ? undefined : "revocation must be 'strict', or absent"
  if (name === 'roles') return isList(value, /./) ? undefined : 'roles must be a non-empty string or a list of them'
  if (name === 'scopes') {
    return isList(value, scope) ? undefined : 'scopes must be a scope or a list of scopes, each a string without spaces'
  }
  if (!flags.includes(name)) return `${name} is not an option of a guard`
  return typeof value === 'boolean' ? undefined : `${name} must be true or false`
}

function isList(value: unknown, pattern: RegExp): boolean {
  const list = listOf(value)
  return list.length > 0 && list.every((one) => typeof one === 'string' && pattern.test(one))
}
