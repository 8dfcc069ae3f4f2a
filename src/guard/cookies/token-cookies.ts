import { ConfigurationError, optionInvalid } from '../../errors.ts'
import { requireOptions } from '../../token/require-object.ts'
import type { Settings } from '../options/defaults.ts'
import type { TokenKind } from '../request/token-location.ts'
import { serializeCookie, sharedAttributes } from './cookies.ts'
import { claimMissing } from './csrf.ts'

/** Options for the cookies of one token. */
export interface CookieOptions {
  /** Lifetime of the cookies; 0 removes them. The manager's `sessionCookie` decides by default. */
  readonly maxAgeSeconds?: number
  /** Domain of the cookies, instead of the manager's `cookieDomain`. */
  readonly domain?: string
}

const optionNames: ReadonlySet<keyof CookieOptions> = new Set(['maxAgeSeconds', 'domain'])

/**
 * Rejects a cookie that `renewCookiesWithinSeconds` could not replace. A request does not show for which domain and how
 * long its cookie was set, so renewal would add a second cookie. Browsers send the older one first, and its user would
 * be rejected once it has expired.
 * @throws {ConfigurationError} `option_invalid`
 */
export function checkRenewable({ domain, maxAgeSeconds = 0 }: CookieOptions, settings: Settings): void {
  if (settings.renewCookiesWithinSeconds === undefined) return
  if ((domain ?? settings.cookieDomain) === settings.cookieDomain && maxAgeSeconds === 0) return
  throw optionInvalid('domain and maxAgeSeconds cannot be combined with renewCookiesWithinSeconds')
}

/** The length that every browser accepts (RFC 6265bis §5.6). */
const maxCookieLength = 4096

/** A token to set as a cookie, with the claims that affect the cookies; `null` removes them. */
export type CookieContent = { readonly token: string; readonly claims: CookieClaims } | null

interface CookieClaims {
  readonly csrf?: unknown
  readonly exp?: number
  /** `false` for a cookie that ends with the browser session, regardless of the manager's options. */
  readonly remember?: unknown
}

/**
 * `Set-Cookie` values for the cookie with the token and, if the options say so, for the cookie from which scripts read
 * the double-submit value.
 * @throws {TokenError} `token_claim_missing` for a token without `csrf`, while protection is on
 * @throws {ConfigurationError} `option_invalid`, `token_too_long`
 */
export function tokenCookies(
  kind: TokenKind,
  content: CookieContent,
  settings: Settings,
  options?: CookieOptions,
): string[] {
  const given = requireOptions(options, optionNames)
  if (kind === 'access' && content !== null) checkRenewable(given, settings)
  const tokenName = settings[`${kind}CookieName`]
  const shared = sharedAttributes(settings)
  const attributes = {
    ...shared,
    domain: given.domain ?? shared.domain,
    maxAgeSeconds: content === null ? 0 : (given.maxAgeSeconds ?? lifeOf(content.claims, settings)),
  }
  if (content !== null && tokenName.length + content.token.length > maxCookieLength) {
    throw new ConfigurationError(
      'token_too_long',
      `Browsers drop a cookie longer than ${maxCookieLength} characters: put fewer claims into the token`,
    )
  }
  const path = settings[`${kind}CookiePath`]
  const cookies = [serializeCookie(tokenName, content?.token ?? '', { ...attributes, path, httpOnly: true })]
  if (!settings.cookieCsrfProtect || !settings.csrfInCookies) return cookies
  const csrf = content === null ? '' : content.claims.csrf
  if (typeof csrf !== 'string') throw claimMissing('csrf')
  const readable = { ...attributes, path: settings[`${kind}CsrfCookiePath`] }
  return [...cookies, serializeCookie(settings[`${kind}CsrfCookieName`], csrf, readable)]
}

/** Seconds; `undefined` for a cookie that ends with the browser's session. */
function lifeOf({ exp, remember }: CookieClaims, settings: Settings): number | undefined {
  if (settings.sessionCookie || remember === false) return undefined
  if (settings.persistentCookieSeconds !== null) return settings.persistentCookieSeconds
  return exp === undefined ? undefined : Math.max(0, Math.floor(exp - settings.clock()))
}
