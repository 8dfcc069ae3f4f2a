/** Where a request can carry a token. */
export const tokenLocations = ['headers', 'cookies', 'query_string', 'json'] as const

export type TokenLocation = (typeof tokenLocations)[number]

/** Access tokens are for guarded routes, refresh tokens get new access tokens. */
export type TokenKind = 'access' | 'refresh'
