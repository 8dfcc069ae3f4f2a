import { linkAfterLogin } from '../../../accounts/identities/link.ts'
import { isPendingIdentity, type PendingIdentity } from '../../../accounts/identities/provider-account.ts'
import { openCarried, sealCarried } from '../../../accounts/one-time/carried.ts'
import type { RequestOrigin } from '../../../core/events.ts'
import type { AnyGiven, RouteParts } from '../../http/endpoint.ts'
import { type CarriedCookie, carriedCookie, readCarriedCookie } from './carried-cookie.ts'

const cookie = { kind: 'pending identity' } as const satisfies CarriedCookie

/** Makes the browser carry an identity, which is linked after the next login of its user in this browser. */
export function keepPending(
  { setCookies }: Pick<AnyGiven, 'setCookies'>,
  { jwt, secrets, now }: RouteParts,
  pending: PendingIdentity,
): void {
  setCookies([carriedCookie(jwt, cookie, sealCarried(secrets, cookie.kind, '', pending, now()))])
}

/**
 * Links the identity that a browser carries, if it is for the user who has logged in. After another user's login it is
 * discarded. It stays for one that is too old, or lacks the second factor.
 */
export async function linkPending(
  { request, setCookies, origin }: Pick<AnyGiven, 'request' | 'setCookies'> & { readonly origin: RequestOrigin },
  parts: RouteParts,
  accessToken: string,
): Promise<void> {
  const text = readCarriedCookie(request, parts.jwt, cookie)
  if (text === undefined) return
  const carried = openCarried(parts, cookie.kind, '', text, isPendingIdentity)
  const isSettled =
    carried === undefined ||
    (await linkAfterLogin(parts, carried.content, accessToken, origin, { spend: carried.spend }))
  if (isSettled) setCookies([carriedCookie(parts.jwt, cookie)])
}
