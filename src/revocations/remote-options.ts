/** Where a service that only checks tokens learns which were taken back. */
export interface RemoteRevocationsOptions {
  /** `…/auth/revocations` of a hallpass server. */
  readonly url: string
  /** As `hallpass clients add` printed them. */
  readonly clientId: string
  readonly clientSecret: string
  /** What was fetched is relied on for so long; later, requests are refused until it can be fetched again. 5 by default. */
  readonly maxAgeSeconds?: number
  /** Told when it cannot be fetched, once each time. */
  readonly onFault?: (error: unknown) => void
  /** Fetches without TLS from another machine. `false` by default. */
  readonly allowHttp?: boolean
}
