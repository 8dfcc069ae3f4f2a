import type { Sealed } from '../../secrets/sealing.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { Unchecked } from '../one-time/carried.ts'
import type { Profile, Provider } from './providers/provider.ts'

/** An identity that is linked once this user, and no other, has logged in. */
export interface PendingIdentity {
  readonly userId: string
  readonly provider: string
  readonly profile: Omit<Profile, 'tokens' | 'authTime'>
  /**
   * The token under which the provider's tokens are stored, which are too long for a cookie. Absent if they are not
   * kept.
   */
  readonly kept?: string | undefined
}

/** Whether opened content is a pending identity. */
export function isPendingIdentity({ userId, provider, profile, kept = '' }: Unchecked<PendingIdentity>): boolean {
  const { issuer, subject, email, emailVerified }: Unchecked<Profile> = Object(profile)
  return (
    [userId, provider, kept, issuer, subject, email ?? ''].every((text) => typeof text === 'string') &&
    typeof emailVerified === 'boolean'
  )
}

/** The account at a provider with which a user signs in. */
export interface ProviderAccount {
  readonly provider: Provider
  readonly profile: Profile
  /** In its normal form; `undefined` if there is none that mail can be sent to. */
  readonly address: string | undefined
}

/** Encrypts the tokens that a provider issued, to be stored with an identity; `null` if they are not kept. */
export function sealTokens(secrets: ServerSecret, id: string, { tokens }: Pick<Profile, 'tokens'>): Sealed | null {
  return tokens === undefined ? null : secrets.sealing('identities').seal(JSON.stringify(tokens), `identity:${id}`)
}
