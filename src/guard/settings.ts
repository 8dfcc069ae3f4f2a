import { ConfigurationError } from '../errors.ts'
import { checkLeeway } from '../token/claims.ts'
import { attributeProblems } from './cookies.ts'
import { isTokenLocation, type TokenLocation } from './locate.ts'
import type { JwtManagerCallbacks, JwtManagerOptions } from './options.ts'
import { type Preset, presets } from './presets.ts'

/** The options that have a default which does not depend on the preset. */
const defaults = {
  accessTokenSeconds: (15 * 60) as number | false,
  refreshTokenSeconds: (30 * 24 * 60 * 60) as number | false,
  identityClaim: 'sub',
  verifySub: true,
  encodeNbf: true,
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

const callbackNames = [
  'isRevoked',
  'loadUser',
  'verifyClaims',
  'identityFor',
  'claimsFor',
  'headersFor',
  'signingKeyFor',
  'verifyingKeyFor',
  'answerFor',
] as const

const keyNames = ['secret', 'keys', 'algorithm', 'decodeAlgorithms', 'preset'] as const

const partyNames = ['issuer', 'encodeIssuer', 'decodeIssuer', 'audience', 'encodeAudience', 'decodeAudience'] as const

/** The options that name each of the four cookies, and its path. */
const cookieOptions = [
  ['accessCookieName', 'accessCookiePath'],
  ['refreshCookieName', 'refreshCookiePath'],
  ['accessCsrfCookieName', 'accessCsrfCookiePath'],
  ['refreshCsrfCookieName', 'refreshCsrfCookiePath'],
] as const

/** Options whose default is the preset's. */
const presetNames = [
  'tokenLocation',
  'requireExp',
  'requireJti',
  'cookieSecure',
  'cookieSameSite',
  ...cookieOptions.map(([name]) => name),
] as const

/**
 * Fills in the defaults and checks all of it, before the first request does.
 * @throws {ConfigurationError} `option_invalid`, naming every mistake at once
 */
export function resolveSettings(options: JwtManagerOptions<unknown, never>): Settings {
  const { preset: presetName = 'default', issuer, audience } = options
  if (!Object.hasOwn(presets, presetName)) throw invalid([`preset must be one of ${Object.keys(presets).join(', ')}`])
  const preset = presets[presetName]
  const settings = {
    ...defaults,
    ...preset,
    ...given(options, [...(Object.keys(defaults) as (keyof typeof defaults)[]), ...presetNames]),
    clock: options.clock ?? (() => Date.now() / 1000),
    encodeIssuer: options.encodeIssuer ?? issuer,
    decodeIssuer: options.decodeIssuer ?? issuer,
    encodeAudience: options.encodeAudience ?? audience,
    decodeAudience: options.decodeAudience ?? audience,
    tokenLocation: listed(options.tokenLocation ?? preset.tokenLocation),
  } as Settings
  const problems = [...findUnknown(options), ...findProblems(settings, options)]
  if (problems.length > 0) throw invalid(problems)
  const { cookieCsrfProtect, alwaysCsrfClaim, tokenLocation } = settings
  return Object.freeze({
    ...settings,
    ...cookieNames(settings, options),
    writesCsrfClaim: cookieCsrfProtect && (alwaysCsrfClaim || tokenLocation.includes('cookies')),
  })
}

/** The callbacks alone: options also hold the secret, and a manager must not. */
export function pickCallbacks<User, Identity>(
  options: JwtManagerOptions<User, Identity>,
): JwtManagerCallbacks<User, Identity> {
  return Object.freeze(Object.fromEntries(callbackNames.map((name) => [name, options[name]])))
}

/**
 * The locations as a list, each of them known.
 * @throws {ConfigurationError} `option_invalid`
 */
export function checkLocations(locations: TokenLocation | readonly TokenLocation[]): readonly TokenLocation[] {
  const problems = locationProblems(listed(locations))
  if (problems.length > 0) throw invalid(problems)
  return listed(locations)
}

function listed<Item extends string>(value: Item | readonly Item[]): readonly Item[] {
  return typeof value === 'string' ? [value] : value
}

function given<Name extends keyof JwtManagerOptions<unknown, never>>(
  options: JwtManagerOptions<unknown, never>,
  names: readonly Name[],
): Partial<JwtManagerOptions<unknown, never>> {
  return Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])))
}

type CookieNames = Record<(typeof cookieOptions)[number][0], string>

/** Names the browser itself protects, where the attributes allow it; names that were given stay as they are. */
function cookieNames(settings: Settings, options: Partial<CookieNames>): CookieNames {
  const entries = cookieOptions.map(([name, path]) => {
    const isHostOnly = settings.cookieDomain === undefined && settings[path] === '/'
    const prefix = settings.cookieSecure && settings.cookiePrefix ? (isHostOnly ? '__Host-' : '__Secure-') : ''
    return [name, options[name] ?? `${prefix}${settings[name]}`]
  })
  return Object.fromEntries(entries) as CookieNames
}

function findUnknown(options: object): string[] {
  const known: ReadonlySet<string> = new Set([
    ...Object.keys(defaults),
    ...callbackNames,
    'clock',
    ...keyNames,
    ...partyNames,
    ...presetNames,
  ])
  return Object.keys(options).flatMap((name) => (known.has(name) ? [] : [`${name} is not an option`]))
}

function findProblems(settings: Settings, options: JwtManagerOptions<unknown, never>): string[] {
  return [
    ...optionProblems({ ...options }),
    ...cookieProblems(settings, options),
    ...settingProblems(settings, options),
  ]
}

/** What is wrong with the type of an option, by its name. */
function optionProblems(options: Readonly<Record<string, unknown>>): string[] {
  const problem = (name: string, need: string, holds: (value: unknown) => boolean) =>
    options[name] === undefined || holds(options[name]) ? [] : [`${name} must be ${need}`]
  const plain = Object.entries(defaults).filter(([, value]) => typeof value === 'string' || typeof value === 'boolean')
  return [
    ...[...callbackNames, 'clock'].flatMap((name) =>
      problem(name, 'a function', (value) => typeof value === 'function'),
    ),
    ...plain.flatMap(([name, fallback]) =>
      problem(
        name,
        typeof fallback === 'string' ? 'text' : 'true or false',
        (value) => typeof value === typeof fallback,
      ),
    ),
    ...['requireExp', 'requireJti', 'cookieSecure'].flatMap((name) =>
      problem(name, 'true or false', (value) => typeof value === 'boolean'),
    ),
    ...['accessTokenSeconds', 'refreshTokenSeconds'].flatMap((name) =>
      problem(name, 'whole seconds above 0, or false', (value) => value === false || isPositiveInteger(value)),
    ),
    ...problem('renewCookiesWithinSeconds', 'whole seconds above 0', isPositiveInteger),
    ...problem('revocationTimeoutSeconds', 'whole seconds above 0', isPositiveInteger),
    ...partyNames.flatMap((name) => problem(name, 'text or a list of texts', isTextOrTexts)),
    ...['headerName', 'accessCsrfHeaderName', 'refreshCsrfHeaderName'].flatMap((name) =>
      problem(name, 'the name of a header', isHttpToken),
    ),
    ...problem('headerType', 'one word, or empty', (value) => value === '' || isHttpToken(value)),
    ...problem('csrfMethods', 'a list of methods', isTexts),
    ...problem('trustedOrigins', 'a list of origins such as https://app.example', (value) => isTexts(value, isOrigin)),
  ]
}

/** What is wrong with the options taken together. */
function settingProblems(settings: Settings, options: JwtManagerOptions<unknown, never>): string[] {
  const problems = locationProblems(settings.tokenLocation)
  if (settings.renewCookiesWithinSeconds !== undefined && options.signingKeyFor !== undefined) {
    problems.push(
      'renewCookiesWithinSeconds needs one key for all: signingKeyFor wants an identity that is gone by then',
    )
  }
  try {
    checkLeeway(settings.leewaySeconds)
  } catch (error) {
    problems.push((error as Error).message)
  }
  return problems
}

function cookieProblems(settings: Settings, options: Partial<CookieNames>): string[] {
  const names = cookieNames(settings, options)
  const { cookieDomain, cookieSecure, cookieSameSite, cookiePartitioned } = settings
  const shared = {
    domain: cookieDomain,
    secure: cookieSecure,
    sameSite: cookieSameSite,
    partitioned: cookiePartitioned,
  }
  const problems = cookieOptions.flatMap(([name, path]) =>
    attributeProblems(names[name], { ...shared, path: settings[path] }),
  )
  return [...new Set(problems)]
}

function locationProblems(locations: unknown): string[] {
  if (Array.isArray(locations) && locations.length > 0 && locations.every(isTokenLocation)) return []
  return ['A token location must be one or several of headers, cookies, query_string, json']
}

function isPositiveInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function isTexts(value: unknown, fits: (text: string) => boolean = () => true): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && fits(item))
}

function isHttpToken(value: unknown): boolean {
  return typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value)
}

function isTextOrTexts(value: unknown): boolean {
  return typeof value === 'string' || isTexts(value)
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

function invalid(problems: readonly string[]): ConfigurationError {
  return new ConfigurationError('option_invalid', problems.join('; '))
}
