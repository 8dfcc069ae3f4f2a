import type { MfaParts } from '../mfa/parts.ts'
import type { SignInMethodParts } from '../own/require-sign-in-method.ts'

/** What registering and proving passkeys needs. */
export interface PasskeyParts extends MfaParts, SignInMethodParts {
  readonly outbox: MfaParts['outbox']
  readonly relyingParty: RelyingParty
}

/** The relying party (WebAuthn). It comes from the configuration, never from a request. */
export interface RelyingParty {
  /** A domain: browsers offer a passkey there and on its subdomains. */
  readonly id: string
  readonly name: string
  /** Origins of the pages that may ask for passkeys. */
  readonly origins: readonly string[]
}

/** What the relying party is derived from. */
interface Site {
  readonly url?: string | undefined
  readonly issuer?: string | undefined
  readonly brandName: string
  readonly corsOrigins: readonly string[]
  readonly passkeyDomain?: string | undefined
  readonly passkeyOrigins?: readonly string[] | undefined
}

/**
 * Without a public URL, or with an IP address in it, passkeys work at `localhost` only: browsers create none for an IP
 * address (WebAuthn level 3, section 5.1.3).
 */
export function relyingPartyOf(site: Site): RelyingParty {
  const { url, issuer, brandName: name, corsOrigins, passkeyDomain, passkeyOrigins } = site
  const address = URL.parse(url ?? issuer ?? '')
  // An issuer may be any text, and the origin of `urn:example` is the text `null`, the same as for pages without an
  // origin.
  const own = address !== null && /^https?:$/.test(address.protocol) ? address : undefined
  const id = passkeyDomain ?? (own === undefined || isIp(own) ? 'localhost' : own.hostname)
  const origins = passkeyOrigins ?? [...(own ? [own.origin] : []), ...corsOrigins]
  return { id, name, origins: [...new Set(origins)] }
}

/** Parsed, the last part of an IPv4 address is a number, and that of a domain never is (URL section 3.5). */
function isIp({ hostname }: URL): boolean {
  return /^\[|\.\d+$/.test(hostname)
}

/** The origins to accept for a page that states its own. On this machine any port is accepted. */
export function originsFor({ id, origins }: RelyingParty, origin: string): string[] {
  const isLocal = id === 'localhost' && /^https?:\/\/localhost(?::\d{1,5})?$/.test(origin)
  return isLocal ? [...origins, origin] : [...origins]
}
