import type { OutboxParts } from '../../mail/outbox/outbox.ts'
import type { SessionParts } from '../sessions/parts.ts'

/** What setting up and proving second factors needs. */
export interface MfaParts extends SessionParts, OutboxParts {
  /** The name of this service in authenticator apps. */
  readonly factorIssuer: string
}

/**
 * A name for authenticator apps: the host of the issuer, if the issuer is a web address. A colon would end the name.
 */
export function factorIssuerOf(issuer: string | undefined): string {
  const name = issuer === undefined ? 'hallpass' : (URL.parse(issuer)?.hostname || issuer).replaceAll(':', ' ')
  return name.slice(0, 64)
}
