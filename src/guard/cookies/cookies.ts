import { refuseMistakes } from '../../errors.ts'
import type { Settings } from '../options/defaults.ts'

/** The longest that browsers keep a cookie (RFC 6265bis section 5.5). */
export const longestCookieSeconds = 34_560_000

/** The attributes of a cookie (RFC 6265bis §4.1). */
export interface CookieAttributes {
  readonly path: string
  readonly domain?: string | undefined
  readonly secure?: boolean
  readonly sameSite?: 'Lax' | 'Strict' | 'None' | undefined
  readonly partitioned?: boolean
  readonly httpOnly?: boolean
  /** 0 removes the cookie; `undefined` keeps it until the browser's session ends. */
  readonly maxAgeSeconds?: number | undefined
}

/** What a cookie's name may contain (RFC 9110 §5.6.2), and what its value and attributes may not. */
const namePattern = /^[\w!#$%&'*+.^`|~-]+$/
const unsafeText = /[^\x21-\x7e]|[;,"\\]/

/**
 * Writes one `Set-Cookie` value. The attributes are in Werkzeug's order, which clients of Flask apps have seen so far.
 * @throws {ConfigurationError} `option_invalid` for a name, value or attribute that could inject another
 */
export function serializeCookie(name: string, value: string, attributes: CookieAttributes): string {
  const problems = attributeProblems(name, attributes)
  if (unsafeText.test(value))
    problems.push(`The value of the cookie ${name} must be ASCII without spaces, quotes, commas, ; or \\`)
  refuseMistakes(problems)
  const { path, domain, secure, sameSite, partitioned, httpOnly, maxAgeSeconds } = attributes
  const parts = [
    `${name}=${value}`,
    domain && `Domain=${domain}`,
    maxAgeSeconds !== undefined && `Expires=${expiry(maxAgeSeconds)}`,
    maxAgeSeconds && `Max-Age=${maxAgeSeconds}`,
    secure && 'Secure',
    httpOnly && 'HttpOnly',
    `Path=${path}`,
    sameSite && `SameSite=${sameSite}`,
    partitioned && 'Partitioned',
  ]
  return parts.filter(Boolean).join('; ')
}

/** The attributes that all cookies of a manager have. */
export function sharedAttributes(settings: Settings): Omit<CookieAttributes, 'path'> {
  const { cookieDomain, cookieSecure, cookieSameSite, cookiePartitioned } = settings
  return { domain: cookieDomain, secure: cookieSecure, sameSite: cookieSameSite, partitioned: cookiePartitioned }
}

/** What is wrong with a cookie's name and attributes, in words. */
export function attributeProblems(name: string, attributes: CookieAttributes): string[] {
  const { path, domain, secure, sameSite, partitioned, maxAgeSeconds } = attributes
  const problems: string[] = []
  const need = (holds: boolean, problem: string) => holds || problems.push(problem)
  need(
    typeof name === 'string' && namePattern.test(name),
    'A cookie name must not be empty or contain spaces, quotes, = or ;',
  )
  need(typeof path === 'string' && path.startsWith('/') && !unsafeText.test(path), 'A cookie path must begin with /')
  need(domain === undefined || isDomain(domain), 'A cookie domain must be a host name')
  need([undefined, 'Lax', 'Strict', 'None'].includes(sameSite), 'cookieSameSite must be Lax, Strict or None')
  need(
    sameSite !== 'None' || secure === true,
    'cookieSameSite None requires cookieSecure: browsers drop the cookie otherwise',
  )
  need(!partitioned || secure === true, 'cookiePartitioned requires cookieSecure: browsers drop the cookie otherwise')
  need(
    maxAgeSeconds === undefined || (Number.isSafeInteger(maxAgeSeconds) && maxAgeSeconds >= 0),
    'maxAgeSeconds must be a whole number of seconds, 0 or more',
  )
  const isHostOnly = domain === undefined && path === '/'
  need(
    !/^__Host-/i.test(name) || (secure === true && isHostOnly),
    'A __Host- cookie must be secure, have no domain, and have the path /',
  )
  need(!/^__Secure-/i.test(name) || secure === true, 'A __Secure- cookie must be secure')
  return problems
}

/** The first cookie with this name in a `Cookie` header, without surrounding quotes; `undefined` if there is none. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  return readCookies(header, name)[0]
}

/**
 * The cookies with this name, at most four, in the order of the header. A browser sends several if they were set for
 * different domains or paths, such as a former one, and does not say which is which.
 */
export function readCookies(header = '', name: string): readonly string[] {
  const values = new Set<string>()
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals < 0 || trimmed(pair.slice(0, equals), ' \t') !== name) continue
    values.add(trimmed(pair.slice(equals + 1), ' \t').replace(/^"(.*)"$/, '$1'))
  }
  return [...values].slice(0, 4)
}

/** Removes these characters from both ends of a text. In headers, only space and tab are white space. */
export function trimmed(text: string, characters: string): string {
  let start = 0
  let end = text.length
  while (start < end && characters.includes(text.charAt(start))) start++
  while (end > start && characters.includes(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

function isDomain(domain: unknown): boolean {
  return typeof domain === 'string' && /^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(domain)
}

function expiry(maxAgeSeconds: number): string {
  return new Date(maxAgeSeconds === 0 ? 0 : Date.now() + maxAgeSeconds * 1000).toUTCString()
}
