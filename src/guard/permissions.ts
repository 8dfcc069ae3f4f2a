import { TokenError, type TokenErrorCode, type TokenErrorDetails } from '../errors.ts'
import { isTexts, listOf } from '../token/json-value.ts'
import type { Settings } from './options/defaults.ts'
import type { GuardOptions, Step } from './options/guard-options.ts'

/** Claims of any issuer, whose values have not been checked. */
type Given = Readonly<Record<string, unknown>>

/**
 * What a route requires in addition to a valid token: a role of the user, scopes of the token, and how and when the
 * user authenticated. Authentication is checked last, because a second factor would not help a user without the role.
 */
export function permissionSteps<User>(options: GuardOptions, settings: Settings): Step<User>[] {
  const { roles, scopes, mfa, maxAgeSeconds } = options
  const steps: Step<User>[] = []
  function refuseUnless(
    holds: (claims: Given) => boolean,
    code: TokenErrorCode,
    what: string,
    details?: TokenErrorDetails,
  ) {
    steps.push(function ask(authenticated) {
      if (holds(authenticated.claims)) return authenticated
      throw new TokenError(code, what, details).about(authenticated)
    })
  }
  if (roles !== undefined) {
    refuseUnless(hasOneOf(listOf(roles)), 'insufficient_scope', 'The user lacks a required role')
  }
  if (scopes !== undefined) {
    const scope = listOf(scopes).join(' ')
    refuseUnless(hasScopes(listOf(scopes)), 'insufficient_scope', 'The token lacks a required scope', { scope })
  }
  // Each refusal states all that the route requires, so that the client asks its user once.
  const details = { acrValues: mfa ? 'aal2' : undefined, maxAgeSeconds }
  const code = 'insufficient_user_authentication'
  if (mfa) refuseUnless(hasSecondFactor, code, 'The login lacks a second factor', details)
  if (maxAgeSeconds !== undefined)
    refuseUnless(isRecent(maxAgeSeconds, settings), code, 'The login is too old', details)
  return steps
}

function hasOneOf(wanted: readonly unknown[]): (claims: Given) => boolean {
  return ({ roles }) => Array.isArray(roles) && roles.some((role) => wanted.includes(role))
}

function hasScopes(wanted: readonly string[]): (claims: Given) => boolean {
  return ({ scope }) => {
    const scopes = typeof scope === 'string' ? scope.split(' ') : []
    return wanted.every((one) => scopes.includes(one))
  }
}

function hasSecondFactor({ amr }: Given): boolean {
  return isTexts(amr) && amr.includes('mfa')
}

/** Written so that a clock that returns NaN rejects. */
function isRecent(maxAgeSeconds: number, { clock, leewaySeconds }: Settings): (claims: Given) => boolean {
  return ({ auth_time: time }) => {
    const age = typeof time === 'number' ? clock() - time : NaN
    return age >= -leewaySeconds && age <= maxAgeSeconds + leewaySeconds
  }
}
