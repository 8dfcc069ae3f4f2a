/// <reference types="node" preserve="true" />
import { randomBytes } from 'node:crypto'
import { type AuthOptions, settle } from './accounts/options.ts'
import { requireManager } from './adapters/arguments.ts'
import { type Auth, assembleAuth } from './assemble.ts'
import { ConfigurationError, optionInvalid } from './errors.ts'
import type { JwtManager } from './guard/jwt-manager.ts'
import type { GivenIdentity } from './guard/options/options.ts'
import type { StartedSession } from './in-process/in-process.ts'
import type { User } from './store/users/users.ts'
import type { Key } from './token/keys/key.ts'
import type { KeySet } from './token/keys/key-set.ts'
import { requireObject, requireOptions } from './token/require-object.ts'
import { signToken } from './token/sign.ts'

if (process.env.NODE_ENV === 'production') {
  throw new ConfigurationError(
    'option_invalid',
    "hallpass/testing issues tokens for any user: don't load it in production",
  )
}

/** Contents of a token for a test. */
export interface TestTokenOptions<Identity = string> {
  readonly identity: Identity
  readonly roles?: readonly string[]
  readonly scope?: string
  /** `false` by default. */
  readonly fresh?: boolean
  /** A refresh token of the manager. `false` by default. */
  readonly refresh?: boolean
  /** How long ago the token expired. It is valid by default. */
  readonly expiredSecondsAgo?: number
  /** Your own claims. */
  readonly claims?: Readonly<Record<string, unknown>>
}

const tokenNames: ReadonlySet<keyof TestTokenOptions> = new Set([
  'identity',
  'roles',
  'scope',
  'fresh',
  'refresh',
  'expiredSecondsAgo',
  'claims',
])

/**
 * Issues a token of the manager, without a server or a login.
 * @example const token = testToken(jwt, { identity: 'alice', roles: ['admin'] })
 */
export function testToken<User, Identity, VerifySub extends boolean>(
  jwt: JwtManager<User, Identity, VerifySub>,
  options: TestTokenOptions<GivenIdentity<Identity, VerifySub>>,
): string {
  requireManager('testToken', jwt)
  const {
    identity,
    roles,
    scope,
    fresh = false,
    refresh,
    expiredSecondsAgo,
    claims,
  } = requireOptions(options, tokenNames)
  if (claims !== undefined) requireObject('claims', claims)
  const additionalClaims = { ...claims, ...(roles !== undefined && { roles }), ...(scope !== undefined && { scope }) }
  const token = refresh
    ? jwt.createRefreshToken(identity, { additionalClaims })
    : jwt.createAccessToken(identity, { fresh, additionalClaims })
  if (expiredSecondsAgo === undefined) return token
  return makeExpired(jwt, token, jwt.callbacks.signingKeyFor?.(identity as Identity) ?? jwt.keys, expiredSecondsAgo)
}

/**
 * The same token, issued early enough that it has already expired. A token without an expiry gets a life of one second.
 */
function makeExpired<User, Identity, VerifySub extends boolean>(
  jwt: JwtManager<User, Identity, VerifySub>,
  token: string,
  keys: Key | KeySet,
  secondsAgo: number,
): string {
  const { iat = 0, exp = iat + 1, nbf, ...others } = jwt.decodeToken(token)
  const earlier = exp - Math.floor(jwt.settings.clock()) + secondsAgo
  const times = { iat: iat - earlier, exp: exp - earlier, ...(nbf !== undefined && { nbf: nbf - earlier }) }
  const { typ, kid } = jwt.getUnverifiedJwtHeaders(token)
  const header = { typ: typ as string | undefined, ...(typeof kid === 'string' && { kid }) }
  return signToken({ ...others, ...times }, keys, header, { verifySub: jwt.settings.verifySub })
}

/** A clock that only the test advances. */
export interface TestClock {
  /** Unix seconds. */
  now: number
  advance(seconds: number): void
}

/** What a browser sends. */
export type CookieHeaders = {
  readonly cookie: string
  readonly 'x-csrf-token': string
}

/** A logged-in user. */
export interface LoggedIn {
  readonly user: User
  readonly accessToken: string
  readonly refreshToken: string
  /** Headers for a request with the token in its header. */
  readonly headers: { readonly authorization: string }
  /** Headers for a request as a browser sends it: the cookies, and the CSRF value that a page reads from them. */
  readonly cookieHeaders: CookieHeaders
  /** The same for `POST /refresh`, which requires the CSRF value of the refresh token. */
  readonly refreshCookieHeaders: CookieHeaders
}

/** `createAuth` for tests. */
export interface TestAuth extends Auth {
  readonly clock: TestClock
  /**
   * Given a username, logs that user in, and creates the user if necessary: it hashes no password. Given credentials, it is
   * the `login` of `createAuth`.
   */
  readonly login: LoginByName & Auth['login']
}

interface LoginOptions {
  readonly roles?: readonly string[]
}

const loginNames: ReadonlySet<keyof LoginOptions> = new Set(['roles'])

type LoginByName = (username: string, options?: LoginOptions) => Promise<LoggedIn>

/**
 * `createAuth` on a database in memory, with its own secret, a clock that the test advances, and cheap password hashing.
 * Tokens expire to the second. Everything else is as in production.
 * @example
 * const auth = await createTestAuth()
 * const { headers } = await auth.login('alice', { roles: ['admin'] })
 * const response = await app.request('/admin', { headers })
 */
export async function createTestAuth(options: Partial<AuthOptions> = {}): Promise<TestAuth> {
  requireObject('options', options)
  const clock: TestClock = {
    now: Math.floor(Date.now() / 1000),
    advance(seconds) {
      if (!Number.isFinite(seconds)) throw optionInvalid('advance requires a number of seconds')
      clock.now += seconds
    },
  }
  const hasKeys = options.keys !== undefined || options.keyRing !== undefined
  const settings = settle({
    database: 'sqlite::memory:',
    ...(!hasKeys && { secret: randomBytes(32).toString('base64url') }),
    passwords: { memoryKiB: 64, passes: 1 },
    clock: () => clock.now,
    leewaySeconds: 0,
    ...options,
  })
  // No one else uses this database, so its clock moves with the test's.
  const auth = await assembleAuth(settings, { readDatabaseClock: async () => new Date(clock.now * 1000) })

  const loginByName: LoginByName = async (username, how = {}) => {
    const { roles } = requireOptions(how, loginNames)
    const found = (await auth.users.findByUsername(username)) ?? (await addUser(auth, username, roles ?? []))
    const user = roles === undefined ? found : ((await auth.users.setRoles(found.id, roles)) ?? found)
    const { accessToken, refreshToken, cookies } = await auth.startSession(user.id)
    const pairs = cookies.map((line) => line.split(';')[0] as string)
    const { accessCsrfCookieName, refreshCsrfCookieName } = auth.jwt.settings
    const cookieHeaders = (csrfCookie: string): CookieHeaders => {
      const csrf = pairs.find((pair) => pair.startsWith(`${csrfCookie}=`))
      return { cookie: pairs.join('; '), 'x-csrf-token': csrf?.slice(csrfCookie.length + 1) ?? '' }
    }
    return {
      user,
      accessToken,
      refreshToken,
      headers: { authorization: `Bearer ${accessToken}` },
      cookieHeaders: cookieHeaders(accessCsrfCookieName),
      refreshCookieHeaders: cookieHeaders(refreshCsrfCookieName),
    }
  }
  const { login: loginByPassword } = auth
  function login(...given: Parameters<LoginByName> | Parameters<Auth['login']>): Promise<LoggedIn | StartedSession> {
    const [first] = given
    return typeof first === 'string'
      ? loginByName(...(given as Parameters<LoginByName>))
      : loginByPassword(...(given as Parameters<Auth['login']>))
  }
  // `Auth` has getters, which a copy would evaluate only once.
  return Object.assign(auth, { clock, login: login as TestAuth['login'] })
}

function addUser(auth: Auth, username: string, roles: readonly string[]): Promise<User> {
  return auth.users.add({ username, password: randomBytes(16).toString('base64url'), roles })
}
