import { optionProblems } from '../guard/options/check-options.ts'
import type { JwtManagerValues } from '../guard/options/options.ts'

/** Options of a `JwtManager` that `createAuth` hands on: how its cookies are called, kept, sent and renewed. */
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

/** Those of them that are there. */
export function cookieOptionsOf(options: AuthCookieOptions): AuthCookieOptions {
  return Object.fromEntries(cookieOptionNames.flatMap((name) => (name in options ? [[name, options[name]]] : [])))
}

/** What is wrong with each by itself, in words; what is wrong with them together the manager says. */
export function cookieOptionProblems(options: AuthCookieOptions): string[] {
  return optionProblems({ ...cookieOptionsOf(options) })
}
