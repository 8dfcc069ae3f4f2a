import { z } from 'zod'
import type { BegunLogin } from '../../accounts/sessions/complete-login.ts'
import type { LoginTokens, Tokens } from '../../accounts/sessions/parts.ts'
import type { JwtManager } from '../../guard/jwt-manager.ts'
import type { AnyGiven, RouteParts, Schema } from '../http/endpoint.ts'
import { schemaNames } from '../http/schemas.ts'
import { deviceCookie } from './cookies/device-cookie.ts'
import { linkPending } from './cookies/pending-identity.ts'
import { refreshCookies } from './cookies/refresh-cookie.ts'
import { staleCookies } from './cookies/stale-cookies.ts'
import { trustedDeviceCookies } from './cookies/trusted-device-cookie.ts'

/** The tokens of a client. In cookie mode the cookies contain the tokens, and the body only the rest. */
export interface TokensBody {
  readonly access_token?: string | undefined
  readonly refresh_token?: string | undefined
  readonly device_token?: string | undefined
  readonly trusted_device_token?: string | undefined
  readonly token_type: 'Bearer'
  readonly expires_in: number
}

export const TokensBody: Schema<TokensBody> = z
  .object({
    access_token: z.string().optional().meta({ description: 'Not with cookies' }),
    refresh_token: z.string().optional().meta({ description: 'Valid once; `hp_rt_…`. Not with cookies' }),
    device_token: z
      .string()
      .optional()
      .meta({ description: 'After a login: send it with the next login on this device; `hp_dv_…`. Not with cookies' }),
    trusted_device_token: z.string().optional().meta({
      description:
        'After `remember_device`: send it with the next logins of this user on this device; `hp_td_…`. Not with cookies',
    }),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Lifetime of the access token in seconds' }),
  })
  .register(schemaNames, { name: 'Tokens' })

/** Where a client keeps its tokens: itself, or in cookies that last as long as the session or the browser. */
export type TokenPlace = { readonly cookies: false } | { readonly cookies: true; readonly remember: boolean }

/**
 * Sends tokens to a client: in the body, or in cookies that no script can read, never in both. After a login, this also
 * links an account at another provider that was waiting for it.
 */
export async function answerTokens(
  given: Pick<AnyGiven, 'request' | 'setCookies' | 'origin'>,
  parts: RouteParts,
  tokens: Tokens | BegunLogin,
  keeping: TokenPlace,
): Promise<{ readonly status: 200; readonly body: TokensBody }> {
  const { request, setCookies } = given
  const { jwt, lifetimes } = parts
  if ('deviceToken' in tokens) await linkPending(given, parts, tokens.accessToken)
  const about = { token_type: 'Bearer', expires_in: lifetimes.accessTokenSeconds } as const
  const trust = 'trust' in tokens ? tokens.trust : undefined
  if (keeping.cookies) {
    const trusted = trust === undefined ? [] : trustedDeviceCookies(request, jwt, trust)
    setCookies([...staleCookies(request, jwt), ...sessionCookies(jwt, tokens, keeping), ...trusted])
    return { status: 200, body: about }
  }
  const device = 'deviceToken' in tokens ? { device_token: tokens.deviceToken } : {}
  const trusted = trust === undefined ? {} : { trusted_device_token: trust.token }
  return {
    status: 200,
    body: { access_token: tokens.accessToken, refresh_token: tokens.refreshToken, ...device, ...trusted, ...about },
  }
}

/** The next access token is kept like the previous one. */
export function answerAccess(
  { setCookies }: Pick<AnyGiven, 'setCookies'>,
  { jwt, lifetimes }: RouteParts,
  location: string,
  accessToken: string,
): TokensBody {
  const about = { token_type: 'Bearer', expires_in: lifetimes.accessTokenSeconds } as const
  if (location !== 'cookies') return { access_token: accessToken, ...about }
  setCookies(jwt.accessCookies(accessToken))
  return about
}

/**
 * `Set-Cookie` lines that log in a browser. The access token itself states how it is kept, because guards that renew it
 * know nothing else.
 */
export function sessionCookies(
  jwt: JwtManager,
  tokens: Tokens | LoginTokens,
  how: { readonly remember: boolean },
): string[] {
  const { accessToken, refreshToken } = tokens
  const device = 'deviceToken' in tokens ? [deviceCookie(jwt, tokens.deviceToken, how)] : []
  return [...jwt.accessCookies(accessToken), ...refreshCookies(jwt, refreshToken, how), ...device]
}
