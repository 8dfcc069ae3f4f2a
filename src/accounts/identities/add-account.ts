import { uuidv7 } from 'uuidv7'
import { commit } from '../../core/change.ts'
import { endSurplus } from '../../core/end-sessions.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import type { Sql } from '../../store/engine/database.ts'
import { findIdentity, insertIdentity } from '../../store/identities.ts'
import { isTakenMeanwhile, lockHolders } from '../../store/users/addresses.ts'
import { findUserByEmail, insertUser } from '../../store/users/users.ts'
import { mailVerification } from '../email/mail-verification.ts'
import { claimAddress, isAdoptable, takeFromOthers } from '../email/proven-address.ts'
import { takeOver } from '../email/sign-in/adopt-account.ts'
import { usernameFor } from '../email/sign-in/create-account.ts'
import { rehearseToken } from '../sessions/tokens/access-token.ts'
import { readUsername } from '../users/names.ts'
import type { IdentityParts } from './parts.ts'
import { type ProviderAccount, sealTokens } from './provider-account.ts'

/** Another request has linked the identity or proven the address in the meantime. Nothing was done. */
export class OvertakenError extends Error {}

/**
 * Creates an account without a password for an account at a provider, if registration is open. An address that the
 * provider has not verified is treated as if the user had typed it: another account may have it.
 * @throws {RequestError} `registration_closed`; `provider_refused` if an address is required and there is none;
 *   `rate_limited`
 * @throws {OvertakenError}
 */
export async function addAccount(
  parts: IdentityParts,
  account: ProviderAccount,
  origin: RequestOrigin,
): Promise<string> {
  const { profile, address, provider } = account
  if (parts.registration === 'closed') throw new RequestError('registration_closed', 'Registration is closed')
  if (parts.gate.requireVerifiedEmail && address === undefined) {
    throw new RequestError('provider_refused', 'This account has no e-mail address, and one is required here')
  }
  await parts.limits.beginRegistration(origin.address)
  const proven = profile.emailVerified ? address : undefined
  const isMailed = parts.outbox !== undefined && address !== undefined && proven === undefined
  const wanted = { purpose: 'verify_email', address: address ?? '' } as const
  const isSent = isMailed && (await parts.mailLimits.mayAlsoSend(wanted, origin.address))
  const id = uuidv7()
  return unlessOvertaken(
    commit(parts, async (trx) => {
      const others = proven === undefined ? [] : await lockHolders(trx, proven)
      const now = parts.now()
      const events =
        proven === undefined
          ? []
          : await takeFromOthers(trx, { others, address: proven, userId: id }, { at: now, origin })
      if (events === undefined) throw new OvertakenError()
      const added = {
        id,
        username: readUsername(usernameFor(address ?? provider.name)),
        email: address === undefined ? null : { shown: profile.email ?? address, normal: address },
        emailVerifiedAt: proven === undefined ? undefined : now,
        passwordHash: null,
        roles: [],
        disabled: false,
        now,
      }
      const user = await insertUser(trx, added, { mayShareAddress: proven === undefined })
      if (typeof user === 'string') throw new OvertakenError()
      await insertFor(trx, parts, account, { userId: id, now })
      // As with a registration, only a mail to the address reveals whether another account has it.
      if (isMailed) {
        const holder = await findUserByEmail(trx, address)
        await mailVerification(trx, parts, { user, address, holder, isSent }, now)
      }
      const about = { userId: id, details: { by: 'provider', provider: provider.name } }
      return { result: id, events: [...events, makeEvent('user_registered', now, origin, about)] }
    }),
  )
}

/**
 * Gives an account whose address was never proven to the owner of that address, as the provider has verified it.
 * @throws {OvertakenError}
 */
export async function adoptForIdentity(
  parts: IdentityParts,
  account: ProviderAccount,
  userId: string,
  origin: RequestOrigin,
): Promise<void> {
  const address = account.address ?? ''
  const claim = async (trx: Sql) => {
    const holders = await lockHolders(trx, address)
    const at = parts.now()
    const own = holders.find(({ id }) => id === userId)
    if (own === undefined || own.disabledAt !== null || !isAdoptable(own)) throw new OvertakenError()
    const others = holders.filter(({ id }) => id !== userId)
    const claimed = await claimAddress(trx, { own, others, at }, { address, origin })
    if (claimed === undefined || (await findIdentity(trx, account.profile)) !== undefined) throw new OvertakenError()
    return { userId, claimed, at, origin }
  }
  await rehearseToken(parts, userId)
  await unlessOvertaken(endSurplus(parts, { userId }, 'account_adopted', origin, claim))
  await unlessOvertaken(
    commit(parts, async (trx) => {
      const adoption = await claim(trx)
      const change = await takeOver(trx, adoption)
      await insertFor(trx, parts, account, { userId, now: adoption.at })
      return change
    }),
  )
}

async function insertFor(
  trx: Sql,
  { secrets }: IdentityParts,
  { profile, provider }: ProviderAccount,
  { userId, now }: { readonly userId: string; readonly now: Date },
): Promise<void> {
  const id = uuidv7()
  const kept = sealTokens(secrets, id, profile)
  const { issuer, subject, email, emailVerified } = profile
  const facts = { issuer, subject, email, emailVerified, provider: provider.name }
  if (!(await insertIdentity(trx, { id, userId, ...facts, kept, now, isUsed: true }))) throw new OvertakenError()
}

function unlessOvertaken<Result>(change: Promise<Result>): Promise<Result> {
  return change.catch((error) => {
    throw isTakenMeanwhile(error) ? new OvertakenError() : error
  })
}
