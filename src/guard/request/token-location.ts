/** Where a request can carry a token. */
export const tokenLocations = ['headers', 'cookies', 'query_string', 'json'] as const

export type TokenLocation = (typeof tokenLocations)[number]

/** Access tokens are for guarded routes; refresh tokens are exchanged for new access tokens. */
export type TokenKind = 'access' | 'refresh'
