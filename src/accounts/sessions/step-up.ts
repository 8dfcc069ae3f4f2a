import { TokenError } from '../../errors.ts'
import type { FoundSubject } from '../../store/token-subjects.ts'

/** How long ago the user may have authenticated to change a way in (ASVS 7.5.1). */
export const stepUpSeconds = 5 * 60

/**
 * Requires that the user has authenticated in this session a moment ago, and has proven the second factor too, if there is
 * one. Whatever adds, changes or removes a way in requires it, in the transaction of the change: a session that someone found
 * open, or that a password alone began, must not lock out its owner.
 * @throws {TokenError} `insufficient_user_authentication`
 */
export function requireStepUp({ subject: { user, session } }: FoundSubject, at: Date): void {
  const isRecent = (time: Date | null) => time !== null && at.getTime() - time.getTime() <= stepUpSeconds * 1000
  if (!isRecent(session.authenticatedAt)) throw insufficient('Authenticate again: the login is too old')
  if (user.secondFactors === 0) return
  const isProven = session.amr.includes('mfa') && isRecent(session.factorAt)
  if (!isProven) throw insufficient('Give your second factor again')
}

function insufficient(msg: string): TokenError {
  return new TokenError('insufficient_user_authentication', msg)
}
