import { TokenError } from '../../errors.ts'
import type { FoundSubject } from '../../store/sessions/token-subjects.ts'
import type { User } from '../../store/users/users.ts'

/** How recent an authentication must be to change a way to sign in (ASVS 7.5.1). */
const stepUpSeconds = 5 * 60

/**
 * Requires a recent authentication in this session, with the second factor if there is one. It applies to every change
 * that adds, changes or removes a way to sign in, in the transaction of the change: an attacker who finds an open
 * session, or begins one with the password alone, must not be able to lock out the owner.
 * @throws {TokenError} `insufficient_user_authentication`
 */
export function requireStepUp(found: FoundSubject, at: Date): void {
  if (!isRecent(found.subject.session.authenticatedAt, at)) throw insufficient(found.subject.user)
  requireFactor(found, at)
}

/**
 * Requires the second factor only, for a change that comes with the password.
 * @throws {TokenError} as `requireStepUp`
 */
export function requireFactor(found: FoundSubject, at: Date): void {
  const { user, session } = found.subject
  const isProven = session.amr.includes('mfa') && isRecent(session.factorAt, at)
  if (user.secondFactors > 0 && !isProven) throw insufficient(user)
}

/**
 * Requires that the user has no second factor: a caller without a session has proven none.
 * @throws {TokenError} as `requireStepUp`
 */
export function requireNoFactor(user: User): void {
  if (user.secondFactors > 0) throw insufficient(user)
}

/**
 * Whether a user who authenticated then has done so just now. A time that is further ahead than that was written before
 * the clock was set back, and may be long ago.
 */
export function isRecent(time: Date | null, at: Date): boolean {
  return time !== null && Math.abs(at.getTime() - time.getTime()) <= stepUpSeconds * 1000
}

function insufficient(user: User): TokenError {
  return new TokenError('insufficient_user_authentication', 'Authenticate again: this changes how you log in', {
    acrValues: user.secondFactors > 0 ? 'aal2' : undefined,
    maxAgeSeconds: stepUpSeconds,
  })
}
