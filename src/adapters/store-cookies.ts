import { requireMethod } from './arguments.ts'

/** A framework's cookie store, such as `await cookies()` in Next.js or `event.cookies` in SvelteKit. */
export interface CookieStore {
  set(name: string, value: string, attributes: StoredCookieAttributes): unknown
}

/** Named as in Next.js, SvelteKit, Nuxt and the package `cookie`. */
export interface StoredCookieAttributes {
  path: string
  domain?: string
  expires?: Date
  /** In seconds. */
  maxAge?: number
  secure?: boolean
  httpOnly?: boolean
  sameSite?: 'lax' | 'strict' | 'none'
  partitioned?: boolean
}

/**
 * Sets the cookies of `auth.login`, `auth.refresh` and `auth.startSession` in frameworks that do not accept
 * `Set-Cookie` values.
 * @throws {ConfigurationError} `option_invalid`, for example for a store that is not awaited
 * @example storeCookies(await cookies(), session.cookies)
 */
export function storeCookies(store: CookieStore, cookies: readonly string[]): void {
  requireMethod('storeCookies', 'a cookie store', store, 'set')
  requireMethod('storeCookies', 'the cookies of a session', cookies, 'map')
  for (const line of cookies) {
    const [pair = '', ...attributes] = line.split('; ')
    const equals = pair.indexOf('=')
    store.set(
      pair.slice(0, equals),
      pair.slice(equals + 1),
      Object.assign({ path: '/' }, ...attributes.map(readAttribute)),
    )
  }
}

/** Reads an attribute as `serializeCookie` writes it. */
function readAttribute(attribute: string): Partial<StoredCookieAttributes> {
  const [name, value = ''] = attribute.split('=')
  switch (name) {
    case 'Domain':
      return { domain: value }
    case 'Expires':
      return { expires: new Date(value) }
    case 'Max-Age':
      return { maxAge: Number(value) }
    case 'Path':
      return { path: value }
    case 'SameSite':
      return { sameSite: value.toLowerCase() as 'lax' | 'strict' | 'none' }
    case 'Secure':
      return { secure: true }
    case 'HttpOnly':
      return { httpOnly: true }
    case 'Partitioned':
      return { partitioned: true }
    default:
      return {}
  }
}
