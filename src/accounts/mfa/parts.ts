import type { OutboxParts } from '../../mail/outbox/outbox.ts'
import type { SessionParts } from '../sessions/parts.ts'

/** What second factors are set up and proven with. */
export interface MfaParts extends SessionParts, OutboxParts {
  /** What authenticator apps call this service. */
  readonly factorIssuer: string
}

/** A name for authenticator apps: the host of the issuer where that is a web address. A colon would end it. */
export function factorIssuerOf(issuer: string | undefined): string {
  const name = issuer === undefined ? 'hallpass' : (URL.parse(issuer)?.hostname || issuer).replaceAll(':', ' ')
  return name.slice(0, 64)
}
