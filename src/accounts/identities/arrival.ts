import type { Sealed } from '../../secrets/sealing.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { Profile, Provider } from './providers/provider.ts'

/** An identity that is linked when this user is logged in, and no other. */
export interface PendingIdentity {
  readonly userId: string
  readonly provider: string
  readonly profile: Omit<Profile, 'tokens' | 'authTime'>
  /** What shows the tokens of the provider, which are too long for a cookie; absent where they are not to be kept. */
  readonly kept?: string | undefined
}

/** An account at a provider, with its address as it is compared here. */
export interface Arrival {
  readonly provider: Provider
  readonly profile: Profile
  /** `undefined` where there is none that mail can be sent to. */
  readonly address: string | undefined
}

/** What a provider issued, as it is kept with an identity; `null` where it is not to be kept. */
export function sealTokens(secrets: ServerSecret, id: string, { tokens }: Pick<Profile, 'tokens'>): Sealed | null {
  return tokens === undefined ? null : secrets.sealing('identities').seal(JSON.stringify(tokens), `identity:${id}`)
}
