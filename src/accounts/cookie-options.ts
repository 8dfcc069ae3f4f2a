import { optionProblems } from '../guard/options/check-options.ts'
import type { JwtManagerValues } from '../guard/options/options.ts'

/** Options of a `JwtManager` that `createAuth` passes on: how its cookies are named, kept, sent and renewed. */
export const cookieOptionNames = [
  'accessCookieName',
  'refreshCookieName',
  'accessCsrfCookieName',
  'refreshCsrfCookieName',
  'accessCookiePath',
  'refreshCookiePath',
  'accessCsrfCookiePath',
  'refreshCsrfCookiePath',
  'cookieDomain',
  'cookieSameSite',
  'cookiePartitioned',
  'sessionCookie',
  'renewCookiesWithinSeconds',
  'csrfInCookies',
  'csrfCheckForm',
  'accessCsrfHeaderName',
  'refreshCsrfHeaderName',
  'accessCsrfFieldName',
  'refreshCsrfFieldName',
] as const

export type AuthCookieOptions = Pick<JwtManagerValues, (typeof cookieOptionNames)[number]>

/** The cookie options that are set. */
export function cookieOptionsOf(options: AuthCookieOptions): AuthCookieOptions {
  return Object.fromEntries(cookieOptionNames.flatMap((name) => (name in options ? [[name, options[name]]] : [])))
}

/** Describes each option that is invalid by itself. The manager reports invalid combinations. */
export function cookieOptionProblems(options: AuthCookieOptions): string[] {
  return optionProblems({ ...cookieOptionsOf(options) })
}
