/** Where a service that only verifies tokens reads revocations. */
export interface RemoteRevocationsOptions {
  /** The `…/auth/revocations` endpoint of a hallpass server. */
  readonly url: string
  /** Printed by `hallpass clients add`. A manager without both is rejected. */
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
  /** Maximum age of the fetched list; beyond it, requests are rejected until it can be fetched again. 5 by default. */
  readonly maxAgeSeconds?: number
  /** Called once each time the list can no longer be fetched. */
  readonly onFault?: (error: unknown) => void
  /** Allows fetching without TLS from another machine. `false` by default. */
  readonly allowHttp?: boolean
}

/** The default maximum age of a feed's list. */
export const defaultMaxAgeSeconds = 5
