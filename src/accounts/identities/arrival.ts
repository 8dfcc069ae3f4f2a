import type { Profile, Provider } from './providers/provider.ts'

/** An identity that is linked when this user is logged in, and no other. */
export interface PendingIdentity {
  readonly userId: string
  readonly provider: string
  readonly profile: Omit<Profile, 'tokens'>
}

/** An account at a provider, with its address as it is compared here. */
export interface Arrival {
  readonly provider: Provider
  readonly profile: Profile
  /** `undefined` where there is none that mail can be sent to. */
  readonly address: string | undefined
}
