import type { Sealed } from '../../secrets/sealing.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
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
