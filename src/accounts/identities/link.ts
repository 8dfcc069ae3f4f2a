import { uuidv7 } from 'uuidv7'
import { commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError, TokenError } from '../../errors.ts'
import { queueNotice } from '../../mail/notices.ts'
import type { Sql } from '../../store/engine/database.ts'
import { findIdentity, insertIdentity, listIdentities } from '../../store/identities.ts'
import { deleteSecretsOf, takeSecret } from '../../store/one-time/one-time-secrets.ts'
import { lockUser } from '../../store/sessions/session-batches.ts'
import type { FoundSubject } from '../../store/sessions/token-subjects.ts'
import type { Carried } from '../one-time/carried.ts'
import { dataOf, nameOfToken } from '../one-time/one-time-secret.ts'
import { callerInSession } from '../own/caller-in-session.ts'
import { type Caller, type SessionCaller, sessionIdOf } from '../sessions/caller.ts'
import { requireStepUp } from '../sessions/step-up.ts'
import { livingSession } from '../sessions/tokens/living-session.ts'
import { lastingSecrets } from '../users/factors.ts'
import type { SignInState } from './begin-sign-in.ts'
import type { IdentityParts } from './parts.ts'
import { type PendingIdentity, sealTokens } from './provider-account.ts'
import type { Profile, Provider } from './providers/provider.ts'

/** Maximum linked accounts per user. */
const mostIdentities = 20

/**
 * Begins to link an account at a provider, for a caller with a recent authentication.
 * @throws {RequestError} `session_required`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function beginLink(parts: IdentityParts, caller: Caller): Promise<NonNullable<SignInState['link']>> {
  const { session } = await callerInSession(parts, caller)
  return { ...session, at: parts.now().getTime() }
}

/**
 * Links the account that the provider answered with, to the user who asked for it. The session must still be alive. It
 * must have been authenticated recently when the link was begun, with the second factor if the user has one by now.
 * @throws {RequestError} `identity_taken`, `factor_limit_reached`, `provider_refused` if the session is over
 */
export async function linkByAnswer(
  parts: IdentityParts,
  provider: Provider,
  { profile, link }: { readonly profile: Profile; readonly link: NonNullable<SignInState['link']> },
  origin: RequestOrigin,
): Promise<void> {
  const begun = new Date(link.at)
  const check = (found: FoundSubject) => requireStepUp(found, begun)
  await add(parts, { caller: link, title: provider.title, name: provider.name, profile, check }, origin).catch(
    (error) => {
      if (!(error instanceof TokenError)) throw error
      throw new RequestError('provider_refused', 'Your session has since ended or changed: sign in, and link again')
    },
  )
}

/**
 * Links an identity after a login of the user whose address it has; after a login of any other user it does nothing.
 * @returns `false` if the identity can still be linked, by a login that is more recent or proves more.
 */
export async function linkAfterLogin(
  parts: Pick<IdentityParts, 'jwt'> & LinkParts,
  { userId, provider: name, profile, kept }: PendingIdentity,
  accessToken: string,
  origin: RequestOrigin,
  {
    spend,
    // A login on a trusted device has not proven the second factor, so it may not add a way to sign in.
    check = requireStepUp,
  }: { readonly spend?: Carried<unknown>['spend']; readonly check?: typeof requireStepUp } = {},
): Promise<boolean> {
  const claims = parts.jwt.decodeToken(accessToken)
  const sessionId = sessionIdOf(claims)
  if (claims.sub !== userId || sessionId === undefined) return true
  const title = parts.providers.get(name)?.title ?? name
  const caller = { userId, sessionId }
  const checkNow = (found: FoundSubject) => check(found, parts.now())
  return add(parts, { caller, title, name, profile, kept, check: checkNow, ...(spend && { spend }) }, origin).then(
    () => true,
    (error) => {
      // The login succeeds without the link.
      if (!(error instanceof RequestError || error instanceof TokenError)) throw error
      return error.code !== 'insufficient_user_authentication'
    },
  )
}

type LinkParts = Omit<IdentityParts, 'site'>

async function add(
  parts: LinkParts,
  {
    caller,
    title,
    name,
    profile,
    kept,
    check,
    spend = async () => true,
  }: {
    readonly caller: SessionCaller
    readonly title: string
    readonly name: string
    readonly profile: Profile
    readonly kept?: string | undefined
    readonly check: (found: FoundSubject) => void
    readonly spend?: Carried<unknown>['spend']
  },
  origin: RequestOrigin,
): Promise<void> {
  const { userId, sessionId } = caller
  await commit(parts, async (trx) => {
    const at = parts.now()
    await lockUser(trx, userId)
    const found = await livingSession(trx, { userId, sessionId }, at)
    check(found)
    if (!(await spend(trx))) return { result: undefined, events: [] }
    const tokens = await takeKept(trx, parts, { userId, kept, at })
    const whole = { ...profile, ...(tokens && { tokens }) }
    if (!(await insertFor(trx, parts, { userId, name, profile: whole, at }))) return { result: undefined, events: [] }
    await deleteSecretsOf(trx, userId, { except: lastingSecrets })
    await queueNotice(trx, parts, found.subject.user, 'identity_added', { provider: title }, { at, origin })
    const details = { provider: name, issuer: profile.issuer, subject: profile.subject }
    return { result: undefined, events: [makeEvent('identity_added', at, origin, { userId, sessionId, details })] }
  })
}

/**
 * Takes the provider's tokens that were stored for a pending identity. `undefined` if there are none, or if a change of
 * the account has deleted them.
 */
async function takeKept(
  trx: Sql,
  { secrets }: Pick<LinkParts, 'secrets'>,
  { userId, kept, at }: { readonly userId: string; readonly kept: string | undefined; readonly at: Date },
): Promise<Profile['tokens']> {
  const name = kept === undefined ? undefined : nameOfToken('provider_tokens', kept)
  const secret = name && (await takeSecret(trx, name, at))
  return secret?.userId === userId ? dataOf(secrets, secret) : undefined
}

/**
 * @returns `false` if the user has linked it already. @throws {RequestError} `identity_taken`, `factor_limit_reached`
 */
async function insertFor(
  trx: Sql,
  { secrets }: Pick<LinkParts, 'secrets'>,
  {
    userId,
    name,
    profile,
    at,
  }: { readonly userId: string; readonly name: string; readonly profile: Profile; readonly at: Date },
): Promise<boolean> {
  const before = await findIdentity(trx, profile)
  if (before?.userId === userId) return false
  if ((await listIdentities(trx, userId)).length >= mostIdentities) {
    const msg = `A user has at most ${mostIdentities} linked accounts: unlink one first`
    throw new RequestError('factor_limit_reached', msg)
  }
  const id = uuidv7()
  const kept = sealTokens(secrets, id, profile)
  const { issuer, subject, email, emailVerified } = profile
  const identity = { id, userId, issuer, subject, email, emailVerified, provider: name, kept, now: at, isUsed: false }
  if (before === undefined && (await insertIdentity(trx, identity))) return true
  throw new RequestError('identity_taken', 'This account is linked to another user')
}
