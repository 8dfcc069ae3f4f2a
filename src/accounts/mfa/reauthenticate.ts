import { type Change, commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import type { Sql } from '../../store/engine/database.ts'
import { noteProof } from '../../store/mfa/second-factors.ts'
import { lockUser } from '../../store/sessions/session-batches.ts'
import type { TokenSubject } from '../../store/sessions/token-subjects.ts'
import { withPassword } from '../passwords/with-password.ts'
import {
  attemptOfCaller,
  type Caller,
  deviceOfSession,
  requireSession,
  type SessionCaller,
} from '../sessions/caller.ts'
import type { Keeping } from '../sessions/parts.ts'
import { createSessionToken, rehearseToken } from '../sessions/tokens/access-token.ts'
import { livingSession } from '../sessions/tokens/living-session.ts'
import { codeInvalid } from './codes/attempt-code.ts'
import { type CodeMethod, proveFactor } from './codes/prove-factor.ts'
import type { ProveFactor, ProvenFactor } from './codes/proven-factor.ts'
import type { MfaParts } from './parts.ts'
import { withFactor } from './verify-login.ts'

/** What a caller proves again: the password, a second factor, or both. */
export interface Reauthentication {
  readonly password?: string | undefined
  readonly factor?: { readonly method: CodeMethod; readonly code: string } | ProveFactor | undefined
}

/**
 * Reauthenticates a user who is logged in, and returns a fresh access token. With a password, the session has then
 * proven only what was given now; otherwise a new password and an old second factor would count as two new factors. A
 * second factor without a password is added to what the session has proven before.
 * @throws {RequestError} `session_required`, `invalid_credentials`, `mfa_code_invalid`, `passkey_invalid`,
 *   `rate_limited`, `overloaded`, `unavailable`
 * @throws {TokenError} `token_revoked` if the session ends meanwhile
 */
export async function reauthenticate(
  parts: MfaParts,
  caller: Caller,
  { password, factor: given }: Reauthentication,
  origin: RequestOrigin,
  how: Keeping = {},
): Promise<string> {
  const session = requireSession(caller)
  const { userId } = session
  const owner = { userId, device: deviceOfSession(session.sessionId) }
  const prove = async () =>
    typeof given === 'function' ? given(owner) : given && (await proveFactor(parts, { ...owner, ...given }, origin))
  async function note(factor: ProvenFactor | undefined, passwordHash?: string) {
    await rehearseToken(parts, userId)
    return commit(parts, (trx) => noteAnew(trx, session, { factor, passwordHash, at: parts.now(), origin }))
  }
  let subject: TokenSubject | undefined
  if (password === undefined) {
    subject = await note(await prove())
  } else {
    const attempt = await attemptOfCaller(parts, session, password, origin)
    let factor: ProvenFactor | undefined
    subject = await withPassword(parts, attempt, async ({ user }) => {
      // Once, and only after the password is proven: a code must not be used up, or tested, with a wrong password.
      factor ??= await prove()
      return note(factor, user.passwordHash)
    })
  }
  if (subject === undefined) throw new RequestError('invalid_credentials', 'Bad username or password')
  const { authenticatedAt } = subject.session
  return createSessionToken(parts, subject, { fresh: true, authenticatedAt, ...how })
}

/** @returns Nothing if the password was replaced after it was compared. */
async function noteAnew(
  trx: Sql,
  caller: SessionCaller,
  {
    factor,
    passwordHash,
    at,
    origin,
  }: {
    readonly factor: ProvenFactor | undefined
    readonly passwordHash: string | undefined
    readonly at: Date
    readonly origin: RequestOrigin
  },
): Promise<Change<TokenSubject | undefined>> {
  await lockUser(trx, caller.userId)
  const found = await livingSession(trx, caller, at)
  if (passwordHash !== undefined && found.passwordHash !== passwordHash) return { result: undefined, events: [] }
  const events = factor === undefined ? [] : await factor.take(trx, at)
  if (events === undefined) throw codeInvalid()
  const before = passwordHash === undefined ? found.subject.session.amr : ['pwd']
  const amr = factor === undefined ? before : withFactor(before, factor.method)
  await noteProof(trx, caller.sessionId, { amr, authenticatedAt: at, ...(factor !== undefined && { factorAt: at }) })
  const { subject } = await livingSession(trx, caller, at)
  const about = { ...caller, details: { amr } }
  return { result: subject, events: [...events, makeEvent('reauthenticated', at, origin, about)] }
}
