/** The device of a login, as people know it. */
export interface Device {
  readonly browser: string
  readonly system: string | null
  readonly kind: DeviceKind
}

/** `other` if the client does not state it. */
export type DeviceKind = 'desktop' | 'mobile' | 'tablet' | 'tv' | 'bot' | 'other'

export const deviceKinds: readonly DeviceKind[] = ['desktop', 'mobile', 'tablet', 'tv', 'bot', 'other']
