import type { AnyGiven, RouteParts } from '../../http/endpoint.ts'
import { staleCookies } from './stale-cookies.ts'

/** Removes from the browser the tokens of a session that has ended. */
export function removeCookies(
  { request, setCookies }: Pick<AnyGiven, 'request' | 'setCookies'>,
  { jwt }: Pick<RouteParts, 'jwt'>,
): void {
  setCookies([...staleCookies(request, jwt), ...jwt.unsetAccessCookies(), ...jwt.unsetRefreshCookies()])
}
