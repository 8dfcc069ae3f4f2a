import { TokenError } from '../../errors.ts'
import type { FoundSubject } from '../../store/sessions/token-subjects.ts'
import type { User } from '../../store/users/users.ts'

/** How long ago the user may have authenticated to change a way in (ASVS 7.5.1). */
const stepUpSeconds = 5 * 60

/**
 * Requires that the user has authenticated in this session a moment ago, and has proven the second factor too, if there is
 * one. Whatever adds, changes or removes a way in requires it, in the transaction of the change: a session that someone found
 * open, or that a password alone began, must not lock out its owner.
 * @throws {TokenError} `insufficient_user_authentication`
 */
export function requireStepUp(found: FoundSubject, at: Date): void {
  if (!isRecent(found.subject.session.authenticatedAt, at)) throw insufficient(found.subject.user)
  requireFactor(found, at)
}

/** Requires the second factor alone: for a change that comes with the password. @throws {TokenError} as `requireStepUp` */
export function requireFactor(found: FoundSubject, at: Date): void {
  const { user, session } = found.subject
  const isProven = session.amr.includes('mfa') && isRecent(session.factorAt, at)
  if (user.secondFactors > 0 && !isProven) throw insufficient(user)
}

/** The same for a caller without a session, which has proven no factor. @throws {TokenError} as `requireStepUp` */
export function requireNoFactor(user: User): void {
  if (user.secondFactors > 0) throw insufficient(user)
}

/** Whether a user who authenticated then has done so just now. */
export function isRecent(time: Date | null, at: Date): boolean {
  return time !== null && at.getTime() - time.getTime() <= stepUpSeconds * 1000
}

function insufficient(user: User): TokenError {
  return new TokenError('insufficient_user_authentication', 'Authenticate again: this changes how you log in', {
    acrValues: user.secondFactors > 0 ? 'aal2' : undefined,
    maxAgeSeconds: stepUpSeconds,
  })
}
