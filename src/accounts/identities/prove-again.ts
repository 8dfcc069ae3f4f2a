import { commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError, TokenError } from '../../errors.ts'
import { findIdentity, noteIdentityUse } from '../../store/identities.ts'
import { noteProof } from '../../store/mfa/second-factors.ts'
import { lockUser } from '../../store/sessions/session-batches.ts'
import { type Caller, requireSession } from '../sessions/caller.ts'
import type { Keeping } from '../sessions/parts.ts'
import { isRecent } from '../sessions/step-up.ts'
import { createSessionToken, rehearseToken } from '../sessions/tokens/access-token.ts'
import { livingSession } from '../sessions/tokens/living-session.ts'
import { requireProvider, type SignInState } from './begin-sign-in.ts'
import { noteFailure } from './note-failure.ts'
import type { IdentityParts } from './parts.ts'
import { sealTokens } from './provider-account.ts'
import type { Profile, Provider } from './providers/provider.ts'
import { providerAmr as amr, clockLeewaySeconds } from './sign-in-with.ts'

type Again = NonNullable<SignInState['again']>

/**
 * Lets a caller in a session begin to authenticate again with a provider. The session must have its tokens in cookies, because
 * the provider answers to the browser, and no other client would get the new token.
 * @throws {RequestError} `session_required`, `provider_not_found`, `invalid_request` if that is impossible
 * @throws {TokenError} `token_revoked`
 */
export async function beginProof(
  parts: IdentityParts,
  caller: Caller,
  name: string,
  { cookies }: { readonly cookies: boolean },
): Promise<Again> {
  const session = requireSession(caller)
  const provider = requireProvider(parts, name)
  const at = parts.now()
  await livingSession(parts.database.sql, session, at)
  if (!cookies) throw unfit('Only a session with cookies can be authenticated again by a provider')
  if (provider.provesAgain) return { ...session, at: at.getTime() }
  throw unfit(`${provider.title} does not say when it authenticated a person: authenticate another way`)
}

function unfit(msg: string): RequestError {
  return new RequestError('invalid_request', msg, { members: [{ member: 'purpose', msg }] })
}

/**
 * Notes that a user has authenticated again with a linked account. The provider must state that it authenticated the person
 * after this was begun (OpenID Connect Core 3.1.3.7, item 13). Otherwise the provider's session would vouch for anyone at this
 * browser. Our session has then proven one factor, as with a password alone.
 * @returns An access token, fresh if the authentication is recent.
 * @throws {RequestError} `provider_refused`
 */
export async function proveByAnswer(
  parts: IdentityParts,
  provider: Provider,
  { profile, again }: { readonly profile: Profile; readonly again: Again },
  origin: RequestOrigin,
  how: Keeping,
): Promise<string> {
  const stated = profile.authTime
  const latest = parts.now().getTime() / 1000 + clockLeewaySeconds
  if (stated === undefined || stated < again.at / 1000 - clockLeewaySeconds || stated > latest) {
    const reason = stated === undefined ? 'auth_time_missing' : 'auth_time_stale'
    await noteFailure(parts, provider, { code: 'provider_refused', reason }, origin)
    throw new RequestError('provider_refused', `${provider.title} did not authenticate you again (${reason})`)
  }
  await rehearseToken(parts, again.userId)
  const subject = await commit(parts, async (trx) => {
    const at = parts.now()
    await lockUser(trx, again.userId)
    await livingSession(trx, again, at)
    const identity = await findIdentity(trx, profile)
    if (identity?.userId !== again.userId) {
      throw new RequestError('provider_refused', 'That account is not linked to yours')
    }
    const { email, emailVerified } = profile
    const kept = sealTokens(parts.secrets, identity.id, profile)
    await noteIdentityUse(trx, identity, { email, emailVerified, kept, now: at })
    const authenticatedAt = new Date(Math.min(stated * 1000, at.getTime()))
    await noteProof(trx, again.sessionId, { amr, authenticatedAt })
    const found = await livingSession(trx, again, at)
    const { userId, sessionId } = again
    const event = makeEvent('reauthenticated', at, origin, { userId, sessionId, details: { amr } })
    return { result: found.subject, events: [event] }
  }).catch((error) => {
    if (!(error instanceof TokenError)) throw error
    throw new RequestError('provider_refused', 'Your session has since ended: sign in again')
  })
  const { authenticatedAt } = subject.session
  const fresh = isRecent(authenticatedAt, parts.now())
  return createSessionToken(parts, subject, { fresh, authenticatedAt, ...how })
}
