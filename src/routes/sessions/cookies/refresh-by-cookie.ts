import type { Tokens } from '../../../accounts/sessions/parts.ts'
import { refresh } from '../../../accounts/sessions/refresh.ts'
import { goodToken } from '../../../accounts/sessions/tokens/spent-token.ts'
import { RequestError } from '../../../errors.ts'
import type { AnyGiven, RouteParts } from '../../http/endpoint.ts'
import { readRefreshCookies } from './refresh-cookie.ts'

/** The next tokens, for cookies that are kept like the previous ones. */
export interface Refreshed {
  readonly tokens: Tokens
  readonly remember: boolean
}

/**
 * Refreshes the session that a browser keeps in its cookies. Of several sessions, it is the first that has not ended.
 * @throws {RequestError} `refresh_token_invalid`, `unavailable`
 * @throws {TokenError} as `readRefreshCookies`
 */
export async function refreshByCookie(
  parts: RouteParts,
  { request, origin }: Pick<AnyGiven, 'request' | 'origin'>,
): Promise<Refreshed> {
  let refused: RequestError | undefined
  for (const { tokens, remember } of await readRefreshCookies(request, parts.jwt)) {
    try {
      return { tokens: await refresh(parts, await goodToken(parts, tokens), origin, { remember }), remember }
    } catch (error) {
      if (!(error instanceof RequestError) || error.code !== 'refresh_token_invalid') throw error
      refused ??= error
    }
  }
  throw refused
}
