import type { MfaParts } from '../mfa/parts.ts'
import type { WaysInParts } from '../own/require-way-in.ts'

/** What passkeys are registered and proven with. */
export interface PasskeyParts extends MfaParts, WaysInParts {
  readonly outbox: MfaParts['outbox']
  readonly relyingParty: RelyingParty
}

/** Whom passkeys are for (WebAuthn): it comes from the configuration, never from a request. */
export interface RelyingParty {
  /** A domain: browsers offer a passkey on it and below it. */
  readonly id: string
  readonly name: string
  /** The pages that may ask for passkeys. */
  readonly origins: readonly string[]
}

/** What the relying party is made of. */
interface Site {
  readonly url?: string | undefined
  readonly issuer?: string | undefined
  readonly brandName: string
  readonly corsOrigins: readonly string[]
  readonly passkeyDomain?: string | undefined
  readonly passkeyOrigins?: readonly string[] | undefined
}

/** Without a public URL, passkeys are for this machine alone: on another, browsers refuse them. */
export function relyingPartyOf(site: Site): RelyingParty {
  const { url, issuer, brandName: name, corsOrigins, passkeyDomain, passkeyOrigins } = site
  const address = URL.parse(url ?? issuer ?? '')
  // An issuer may be any text: the origin of `urn:example` is `null`, as that of pages without one.
  const own = address !== null && /^https?:$/.test(address.protocol) ? address : undefined
  const id = passkeyDomain ?? own?.hostname ?? 'localhost'
  const origins = passkeyOrigins ?? [...(own ? [own.origin] : []), ...corsOrigins]
  return { id, name, origins: [...new Set(origins)] }
}

/** The origins that a page may have, for one that says which it has: of this machine, every port. */
export function originsFor({ id, origins }: RelyingParty, origin: string): string[] {
  const isLocal = id === 'localhost' && /^https?:\/\/localhost(?::\d{1,5})?$/.test(origin)
  return isLocal ? [...origins, origin] : [...origins]
}
