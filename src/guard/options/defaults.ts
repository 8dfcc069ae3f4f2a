import { type Preset, type PresetOptions, presetDefaults } from './presets.ts'

/** The options that have a default which does not depend on the preset. */
export const defaults = {
  accessTokenSeconds: (15 * 60) as number | false,
  refreshTokenSeconds: (30 * 24 * 60 * 60) as number | false,
  identityClaim: 'sub',
  verifySub: true,
  encodeNbf: true,
  requiredClaims: [] as readonly string[],
  maxTokenAgeSeconds: undefined as number | undefined,
  leewaySeconds: 0,
  errorMessageKey: 'msg',
  revocationTimeoutSeconds: 5,
  headerName: 'Authorization',
  headerType: 'Bearer',
  queryStringName: 'jwt',
  queryStringValuePrefix: '',
  jsonKey: 'access_token',
  refreshJsonKey: 'refresh_token',
  accessCookiePath: '/',
  refreshCookiePath: '/',
  accessCsrfCookiePath: '/',
  refreshCsrfCookiePath: '/',
  cookieDomain: undefined as string | undefined,
  cookiePartitioned: false,
  sessionCookie: true,
  renewCookiesWithinSeconds: undefined as number | undefined,
  cookieCsrfProtect: true,
  csrfInCookies: true,
  csrfMethods: ['POST', 'PUT', 'PATCH', 'DELETE'] as readonly string[],
  accessCsrfHeaderName: 'X-CSRF-TOKEN',
  refreshCsrfHeaderName: 'X-CSRF-TOKEN',
  csrfCheckForm: false,
  accessCsrfFieldName: 'csrf_token',
  refreshCsrfFieldName: 'csrf_token',
  trustedOrigins: [] as readonly string[],
}

/** Every option of a manager with its value, callbacks left out. Frozen. */
export interface Settings extends Readonly<typeof defaults>, Preset {
  readonly clock: () => number
  readonly encodeIssuer: string | undefined
  readonly decodeIssuer: string | readonly string[] | undefined
  readonly encodeAudience: string | readonly string[] | undefined
  readonly decodeAudience: string | readonly string[] | undefined
  /** New tokens carry the double-submit value: they may end up in a cookie. */
  readonly writesCsrfClaim: boolean
}

/** The same with those whose default is the preset's. */
export const optionDefaults: typeof defaults & PresetOptions = { ...defaults, ...presetDefaults }

const cookies = ['access', 'refresh', 'accessCsrf', 'refreshCsrf'] as const

type Cookie = (typeof cookies)[number]

/** The options that name each of the four cookies, and its path. */
export const cookieOptions: readonly (readonly [`${Cookie}CookieName`, `${Cookie}CookiePath`])[] = cookies.map(
  (cookie) => [`${cookie}CookieName`, `${cookie}CookiePath`],
)

export const callbackOptions = [
  'isRevoked',
  'loadUser',
  'verifyClaims',
  'identityFor',
  'claimsFor',
  'headersFor',
  'signingKeyFor',
  'verifyingKeyFor',
  'answerFor',
  'renewToken',
  'onFault',
] as const
