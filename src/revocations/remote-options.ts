/** Where a service that only verifies tokens learns of revocations. */
export interface RemoteRevocationsOptions {
  /** `…/auth/revocations` of a hallpass server. */
  readonly url: string
  /** Printed by `hallpass clients add`. */
  readonly clientId: string
  readonly clientSecret: string
  /** Maximum age of the fetched list; beyond it, requests are rejected until it can be fetched again. 5 by default. */
  readonly maxAgeSeconds?: number
  /** Called when the list cannot be fetched, once each time. */
  readonly onFault?: (error: unknown) => void
  /** Allows fetching without TLS from another machine. `false` by default. */
  readonly allowHttp?: boolean
}

/** How old the list of a feed may be, unless its reader sets another bound. */
export const defaultMaxAgeSeconds = 5
