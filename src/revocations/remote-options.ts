import { ConfigurationError } from '../errors.ts'

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

/** @throws {ConfigurationError} `option_invalid` */
export function checkRemoteRevocations(options: RemoteRevocationsOptions): void {
  const { url, clientId, clientSecret, maxAgeSeconds, allowHttp = false } = options
  if (typeof clientId !== 'string' || typeof clientSecret !== 'string') {
    throw invalid('revocations needs clientId and clientSecret: hallpass clients add prints them')
  }
  if (maxAgeSeconds !== undefined && !(maxAgeSeconds >= 1 && maxAgeSeconds <= 300)) {
    throw invalid('maxAgeSeconds must be a number from 1 to 300')
  }
  if (!URL.canParse(url)) throw invalid('The address of the revocations cannot be read')
  const { protocol, hostname, username, password } = new URL(url)
  // What fetches it names the address, all of it, in the errors that go to logs.
  if (username !== '' || password !== '') {
    throw invalid('The address of the revocations must hold no password: pass clientId and clientSecret')
  }
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
  if (protocol === 'https:' || (protocol === 'http:' && (isLocal || allowHttp))) return
  throw invalid('Revocations are fetched by https; set allowHttp where nobody can stand between')
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError('option_invalid', message)
}
