import { TokenError } from '../errors.ts'
import { listOf } from '../token/json-value.ts'
import type { GuardOptions, Step } from './guard-options.ts'

/** What a route requires in addition to a valid token: a role of the user, and scopes of the token. */
export function permissionSteps<User>({ roles, scopes }: Pick<GuardOptions, 'roles' | 'scopes'>): Step<User>[] {
  const steps: Step<User>[] = []
  if (roles !== undefined) steps.push(roleStep(listOf(roles)))
  if (scopes !== undefined) steps.push(scopeStep(listOf(scopes)))
  return steps
}

function roleStep<User>(wanted: readonly unknown[]): Step<User> {
  return function askRoles(authenticated) {
    const { roles } = authenticated.claims as { readonly roles?: unknown }
    if (Array.isArray(roles) && roles.some((role) => wanted.includes(role))) return authenticated
    throw new TokenError('insufficient_scope', 'The user lacks a required role').about(authenticated)
  }
}

function scopeStep<User>(wanted: readonly string[]): Step<User> {
  const scope = wanted.join(' ')
  return function askScopes(authenticated) {
    const given = authenticated.claims as { readonly scope?: unknown }
    const scopes = typeof given.scope === 'string' ? given.scope.split(' ') : []
    if (wanted.every((one) => scopes.includes(one))) return authenticated
    throw new TokenError('insufficient_scope', 'The token lacks a required scope', { scope }).about(authenticated)
  }
}
