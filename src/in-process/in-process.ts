import { startSessionOf } from '../accounts/sessions/complete-login.ts'
import { login } from '../accounts/sessions/login.ts'
import type { LoginTokens, Tokens } from '../accounts/sessions/parts.ts'
import { textOfId, type UserId } from '../accounts/users/user-id.ts'
import type { RequestOrigin } from '../core/events.ts'
import { given } from '../core/settings/setting.ts'
import { areTexts, isText } from '../core/text.ts'
import { optionInvalid, RequestError } from '../errors.ts'
import type { RequestView } from '../guard/request/request-view.ts'
import type { RouteParts } from '../routes/http/endpoint.ts'
import type { OriginReader } from '../routes/http/origin.ts'
import { readAs } from '../routes/http/read/read-as.ts'
import { sessionCookies } from '../routes/sessions/answer-tokens.ts'
import { bindChallenge } from '../routes/sessions/cookies/challenge-cookie.ts'
import { checkCookieLogin } from '../routes/sessions/cookies/check-cookie-login.ts'
import { readDeviceCookie } from '../routes/sessions/cookies/device-cookie.ts'
import { linkPending } from '../routes/sessions/cookies/pending-identity.ts'
import { refreshByCookie } from '../routes/sessions/cookies/refresh-by-cookie.ts'
import { staleCookies } from '../routes/sessions/cookies/stale-cookies.ts'
import { trustedDeviceOf } from '../routes/sessions/cookies/trusted-device-cookie.ts'
import { LoginBody } from '../routes/sessions/login.ts'
import { requireObject, requireOptions } from '../token/require-object.ts'
import { type CurrentSession, makeSessionReader } from './current-session.ts'
import { type RequestHeaders, viewOfHeaders } from './request-headers.ts'

/** Sessions for code on the server that has the headers of a request, such as a server component, an action or a loader. */
export interface InProcess {
  /**
   * The session of a request, by its access token, revocation included. It reads only: it refreshes nothing, and an access
   * token that has expired is no session. Returns `undefined` for whatever a client sends that is not a valid session.
   *
   * It does not check which page a request comes from. Before you change something, let your framework do that, or use a guard.
   * @throws {TokenError} `revocation_unknown` if the database cannot be asked, `keys_unavailable`
   * @example const session = await auth.getSession(await headers())
   */
  readonly getSession: (headers: RequestHeaders) => Promise<CurrentSession | undefined>
  /**
   * Logs in by password, as `POST /login` does with `cookies: true`: with the same limits, the same second factor and
   * the same errors. Returns the tokens, and `Set-Cookie` values for the browser.
   *
   * Pass the headers of the request. They contain the device cookie and, with `trustProxy`, the address, and show
   * whether another site sent it.
   * @throws {RequestError} `invalid_credentials`, `rate_limited`, `mfa_required` and so on, with `next` and `cookies`:
   * send both to the browser, whose second step is `POST /mfa/verify`
   * @throws {TokenError} `cross_site_refused`
   */
  readonly login: (
    credentials: LoginCredentials,
    headers?: RequestHeaders,
    origin?: Partial<RequestOrigin>,
  ) => Promise<StartedSession>
  /**
   * Exchanges the refresh cookie for new tokens, and `Set-Cookie` values for the browser. Call it where cookies can be
   * set, such as in an action or a route handler. Cookies that you do not set are lost.
   * @throws {RequestError} `refresh_token_invalid`, `unavailable`
   * @throws {TokenError} `token_missing` if there is no refresh cookie
   */
  readonly refresh: (headers: RequestHeaders, origin?: Partial<RequestOrigin>) => Promise<RefreshedSession>
  /**
   * Logs in a user whom the application has authenticated itself, for example through another service. Returns the
   * tokens, and `Set-Cookie` values for a browser. Fails with `invalid_credentials` if the user does not exist or is
   * disabled, and with `mfa_required`, `mfa_enrollment_required` or `email_not_verified` if the account requires more
   * than the application states.
   * @throws {ConfigurationError} `option_invalid`
   */
  readonly startSession: (
    userId: UserId,
    origin?: Partial<RequestOrigin>,
    options?: StartSessionOptions,
  ) => Promise<StartedSession>
}

/** The credentials of a login. */
export interface LoginCredentials {
  /** The username, or a verified e-mail address. */
  readonly username: string
  readonly password: string
  /** From an earlier login on this device. The cookie's by default. */
  readonly deviceToken?: string
  /** Whether the cookies last as long as the session; `false` ends them with the browser. `true` by default. */
  readonly remember?: boolean
}

/** Options of `startSession`. */
export interface StartSessionOptions extends Pick<LoginCredentials, 'remember'> {
  /**
   * How the application has authenticated the user (RFC 8176), for example `['pwd', 'otp', 'mfa']`. An account with a
   * second factor is refused with `mfa_required` unless `mfa` is included: include it only if the user has proven two
   * factors.
   */
  readonly amr?: readonly string[]
}

const startNames: ReadonlySet<keyof StartSessionOptions> = new Set(['remember', 'amr'])

/** Send a client either the tokens or the cookies. */
export interface StartedSession extends LoginTokens {
  /** `Set-Cookie` values. */
  readonly cookies: readonly string[]
}

/** Send a client either the tokens or the cookies. */
export interface RefreshedSession extends Tokens {
  /** `Set-Cookie` values. */
  readonly cookies: readonly string[]
}

export function makeInProcess(parts: RouteParts, readOrigin: OriginReader): InProcess {
  const { jwt } = parts
  const originOf = ({ header }: RequestView, origin: Partial<RequestOrigin>): RequestOrigin => {
    return withStated(readOrigin({ header }), origin)
  }
  const cookiesOf = (request: RequestView, tokens: Tokens | LoginTokens, how: { readonly remember: boolean }) => {
    return [...staleCookies(request, jwt), ...sessionCookies(jwt, tokens, how)]
  }
  return {
    getSession: makeSessionReader(jwt),
    async login(credentials, headers = {}, origin = {}) {
      const request = viewOfHeaders(headers)
      checkCookieLogin(request, jwt)
      const { username, password, device_token, remember = true } = readCredentials(credentials)
      const trustedDevice = trustedDeviceOf(request, jwt)
      const attempt = { username, password, deviceToken: device_token ?? readDeviceCookie(request, jwt) }
      const from = originOf(request, origin)
      const tokens = await withChallengeCookies((given) =>
        bindChallenge(given, jwt, (browser) =>
          login(parts, attempt, from, { cookies: true, remember, browser, trustedDevice }),
        ),
      )
      const pending: string[] = []
      const linking = { request, origin: from, setCookies: (lines: readonly string[]) => void pending.push(...lines) }
      await linkPending(linking, parts, tokens.accessToken)
      return { ...tokens, cookies: [...cookiesOf(request, tokens, { remember }), ...pending] }
    },
    async refresh(headers, origin = {}) {
      const request = viewOfHeaders(headers)
      const { tokens, remember } = await refreshByCookie(parts, { request, origin: originOf(request, origin) })
      return { ...tokens, cookies: cookiesOf(request, tokens, { remember }) }
    },
    async startSession(userId, origin, options) {
      const { remember = true, amr = [] } = requireOptions(options, startNames)
      if (!areTexts(amr)) throw optionInvalid("amr must be a list of strings, such as ['pwd']")
      const login = { id: textOfId(userId), proof: { amr } }
      const tokens = await startSessionOf(parts, login, withStated(parts.operator, origin), { remember })
      return { ...tokens, cookies: sessionCookies(jwt, tokens, { remember }) }
    },
  }
}

/**
 * The origin of a request, with what the application states of it. A member that is `undefined` is not stated.
 * @throws {ConfigurationError} `option_invalid`
 */
function withStated(origin: RequestOrigin, stated: Partial<RequestOrigin> = {}): RequestOrigin {
  const members = given(requireObject('origin', stated))
  for (const [name, value] of Object.entries(members)) {
    if (value !== null && !isText(value)) throw optionInvalid(`${name} of the origin must be a string, or null`)
  }
  return { ...origin, ...members }
}

/** Checked by the schema of the route: the values may come from a form, where any of them can be missing or a file. */
function readCredentials(given: LoginCredentials): LoginBody {
  // What a client sent as JSON may be `null`.
  const { deviceToken, ...credentials } = Object(given) as LoginCredentials
  const body = { ...credentials, ...(deviceToken !== undefined && { device_token: deviceToken }) }
  const refuse = (members: RequestError['members']) =>
    new RequestError('invalid_request', 'The credentials are invalid', { members })
  return readAs(body, LoginBody, refuse) as LoginBody
}

/** A login that needs another step throws. The cookies that the browser needs for that step are added to the error. */
async function withChallengeCookies<Result>(
  login: (given: { readonly setCookies: (lines: readonly string[]) => void }) => Promise<Result>,
): Promise<Result> {
  const cookies: string[] = []
  try {
    return await login({ setCookies: (lines) => cookies.push(...lines) })
  } catch (error) {
    throw error instanceof RequestError ? error.withCookies(cookies) : error
  }
}
