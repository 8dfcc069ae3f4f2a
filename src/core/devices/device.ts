/** What a person logs in with, as people know it. */
export interface Device {
  readonly browser: string
  readonly system: string | null
  readonly kind: DeviceKind
}

/** `other` where the client does not state it. */
export type DeviceKind = 'desktop' | 'mobile' | 'tablet' | 'tv' | 'bot' | 'other'

export const deviceKinds: readonly DeviceKind[] = ['desktop', 'mobile', 'tablet', 'tv', 'bot', 'other']
