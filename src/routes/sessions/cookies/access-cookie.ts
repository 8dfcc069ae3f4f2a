import { readCookies } from '../../../guard/cookies/cookies.ts'
import type { JwtManager } from '../../../guard/jwt-manager.ts'
import type { JwtClaims } from '../../../guard/tokens/jwt-claims.ts'

/**
 * The claims of the access token in a `Cookie` header. Of several cookies of one name, the first with a valid token
 * counts, as for the guard: a former one often comes first.
 * @returns `undefined` if there is none. Revocation is not checked.
 */
export function claimsOfAccessCookie(
  cookies: string | undefined,
  jwt: JwtManager,
  options: { readonly allowExpired?: boolean } = {},
): JwtClaims | undefined {
  for (const token of readCookies(cookies, jwt.settings.accessCookieName)) {
    try {
      return jwt.decodeToken(token, options)
    } catch {
      // The route rejects it, if no other is valid.
    }
  }
  return undefined
}
