import { createHash } from 'node:crypto'
import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import type { Sql } from '../../store/engine/database.ts'
import { findIdentity, noteIdentityUse } from '../../store/identities.ts'
import { findUserOfAddress } from '../../store/users/addresses.ts'
import { findUser, findUserByEmail } from '../../store/users/users.ts'
import { isAdoptable } from '../email/proven-address.ts'
import { carriedSeconds } from '../one-time/carried.ts'
import { makeOneTimeSecret } from '../one-time/one-time-secret.ts'
import { completeLogin, type Login, type Proof } from '../sessions/complete-login.ts'
import type { LoginHow, LoginTokens } from '../sessions/parts.ts'
import { requireFactor } from '../sessions/step-up.ts'
import { deviceOf } from '../sessions/tokens/device-token.ts'
import { normalEmail } from '../users/names.ts'
import { addAccount, adoptForIdentity, OvertakenError } from './add-account.ts'
import { linkAfterLogin } from './link.ts'
import type { IdentityParts } from './parts.ts'
import { type PendingIdentity, type ProviderAccount, sealTokens } from './provider-account.ts'
import type { Profile, Provider } from './providers/provider.ts'

/**
 * Another provider authenticated the user. How it did so is not taken from the provider. RFC 8176 has no value for
 * this.
 */
export const providerAmr: readonly string[] = ['fed']

/** Tolerated difference between the clocks of a provider and of this server. */
export const clockLeewaySeconds = 60

interface Entering extends LoginHow {
  readonly deviceToken?: string | undefined
  readonly keepPending: (pending: PendingIdentity) => void
}

/** Maximum tries of a sign-in that other requests overtake. */
const mostTries = 3

/**
 * Signs in with an account at a provider, through the gate. The account is identified by its issuer and subject, never
 * by its address. For a new one, an account is created here. If an account here has its verified address, it is linked
 * to that one, after the owner has logged in.
 * @throws {RequestError} `account_exists`, `registration_closed`, `provider_refused`, `rate_limited`, `unavailable`;
 *   and as `completeLogin`
 */
export async function signInWith(
  parts: IdentityParts,
  provider: Provider,
  profile: Profile,
  origin: RequestOrigin,
  how: Entering,
): Promise<LoginTokens> {
  const account = { provider, profile, address: profile.email === null ? undefined : normalEmail(profile.email) }
  for (let tries = 1; ; tries++) {
    try {
      return await signInOnce(parts, account, origin, how)
    } catch (error) {
      if (!(error instanceof OvertakenError)) throw error
      if (tries === mostTries)
        throw new RequestError('unavailable', 'Another request changed this account at the same time: try again')
    }
  }
}

async function signInOnce(
  parts: IdentityParts,
  account: ProviderAccount,
  origin: RequestOrigin,
  how: Entering,
): Promise<LoginTokens> {
  const { sql } = parts.database
  const { profile, address } = account
  const known = await findIdentity(sql, profile)
  if (known !== undefined) return enterByIdentity(parts, account, known, origin, how)
  if (profile.emailVerified && address !== undefined) {
    const owner = await findUserByEmail(sql, address)
    if (owner !== undefined) {
      // Another request may have created that account for this very identity, after the identity was looked for.
      if ((await findIdentity(sql, profile)) !== undefined) throw new OvertakenError()
      return enterByAddress(parts, account, owner.id, origin, how)
    }
    const holder = await findUserOfAddress(sql, address)
    if (holder !== undefined && holder.disabledAt === null && isAdoptable(holder)) {
      await adoptForIdentity(parts, account, holder.id, origin)
      return enter(parts, { id: holder.id, proof: proofOf(parts, profile) }, origin, how)
    }
  }
  const id = await addAccount(parts, account, origin)
  return enter(parts, { id, proof: proofOf(parts, profile) }, origin, how)
}

function enterByIdentity(
  parts: IdentityParts,
  { profile }: ProviderAccount,
  identity: { readonly id: string; readonly userId: string },
  origin: RequestOrigin,
  how: Entering,
): Promise<LoginTokens> {
  const { email, emailVerified } = profile
  const kept = sealTokens(parts.secrets, identity.id, profile)
  // The identity may have been unlinked by now.
  const take = (trx: Sql) => noteIdentityUse(trx, identity, { email, emailVerified, kept, now: parts.now() })
  return enter(parts, { id: identity.userId, proof: { ...proofOf(parts, profile), take } }, origin, how)
}

/**
 * Signs in to the account that has the address. Its owner must log in first, unless the provider owns the mailbox and
 * so proves who the owner is. The identity is linked once the user is logged in, not before a second factor.
 */
async function enterByAddress(
  parts: IdentityParts,
  account: ProviderAccount,
  userId: string,
  origin: RequestOrigin,
  how: Entering,
): Promise<LoginTokens> {
  const { provider, profile, address } = account
  if (provider.link === 'ask') {
    await keepPending(parts, account, userId, how)
    const next = { provider: provider.name }
    throw new RequestError('account_exists', 'An account has this address: sign in to it first', { next })
  }
  const take = async (trx: Sql) => (await findUserByEmail(trx, address ?? ''))?.id === userId
  const login = { id: userId, proof: { ...proofOf(parts, profile), take } }
  const tokens = await enter(parts, login, origin, how).catch(async (error) => {
    if (error instanceof RequestError && error.code.startsWith('mfa_')) await keepPending(parts, account, userId, how)
    throw error
  })
  const pending = { userId, provider: provider.name, profile }
  // The provider may have authenticated the person long ago, but it owns the mailbox: only the second factor must be recent.
  await linkAfterLogin(parts, pending, tokens.accessToken, origin, { check: requireFactor })
  return tokens
}

/** Makes the browser carry the identity. The provider's tokens are stored here meanwhile, once per identity. */
async function keepPending(
  parts: IdentityParts,
  { provider, profile: { tokens, authTime: _, ...profile } }: ProviderAccount,
  userId: string,
  how: Entering,
): Promise<void> {
  const owner = createHash('sha256').update(`${userId}\0${profile.issuer}\0${profile.subject}`).digest('hex')
  const wanted = { purpose: 'provider_tokens', owner, userId, address: null, seconds: carriedSeconds } as const
  const made = tokens && (await makeOneTimeSecret(parts.database.sql, parts, { ...wanted, data: tokens }, parts.now()))
  how.keepPending({ userId, provider: provider.name, profile, kept: made?.token })
}

/**
 * The proof is as old as the provider states, and new if it states nothing. A time in the future counts as long ago, so
 * that a provider that writes milliseconds cannot make a sign-in fresh.
 */
function proofOf({ now }: Pick<IdentityParts, 'now'>, { authTime }: Pick<Profile, 'authTime'>): Proof {
  if (authTime === undefined) return { amr: providerAmr }
  const isInFuture = authTime > now().getTime() / 1000 + clockLeewaySeconds
  return { amr: providerAmr, authenticatedAt: new Date(isInFuture ? 0 : authTime * 1000) }
}

async function enter(
  parts: IdentityParts,
  login: Login,
  origin: RequestOrigin,
  { deviceToken, keepPending: _, ...how }: Entering,
): Promise<LoginTokens> {
  const user = deviceToken === undefined ? undefined : await findUser(parts.database.sql, login.id)
  const isKnownDevice = deviceOf(parts.secrets, user, deviceToken) !== null
  const tokens = await completeLogin(parts, { ...login, isKnownDevice }, origin, how)
  if (tokens === undefined) throw new RequestError('provider_refused', 'You cannot sign in to this account')
  return tokens
}
