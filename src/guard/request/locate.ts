import { TokenError } from '../../errors.ts'
import { isRecord } from '../../token/json-value.ts'
import { readCookies, trimmed } from '../cookies/cookies.ts'
import { checkOrigin, isListed, opensWebSocket } from '../cookies/csrf.ts'
import { type MaybePromise, whenDone } from '../maybe-promise.ts'
import type { Settings } from '../options/defaults.ts'
import type { RequestView } from './request-view.ts'
import type { TokenKind, TokenLocation } from './token-location.ts'

/** A token that was found in a request. */
export interface LocatedToken {
  readonly token: string
  readonly location: TokenLocation
  /**
   * The double-submit value, if the token came in a cookie and the method requires one. Absent if the page of a trusted
   * origin sent none.
   */
  readonly csrf?: string
  /** Further cookies with the same name, which may be valid if the first is not. */
  readonly others?: readonly string[]
}

/** Looks in one location. A returned string says why there is no token, and the search continues; an error ends it. */
type Reader = (request: RequestView) => MaybePromise<LocatedToken | string>

/** Finds the token of a request, in the order of the locations. Asynchronous only if a body is read. */
export type Locator<Anonymous = never> = (request: RequestView) => MaybePromise<LocatedToken | Anonymous>

const readers: Readonly<Record<TokenLocation, (settings: Settings, kind: TokenKind) => Reader>> = {
  headers: headerReader,
  cookies: cookieReader,
  query_string: queryReader,
  json: jsonReader,
}

/**
 * Prepares the search of one route.
 * The search throws {TokenError} `token_missing`, `credentials_malformed`, `csrf_missing`, `cross_site_refused`.
 * @param anonymous Makes the result of a search without a token, instead of `token_missing`.
 */
export function makeLocator<Anonymous = never>(
  settings: Settings,
  kind: TokenKind,
  locations: readonly TokenLocation[],
  anonymous?: () => Anonymous,
): Locator<Anonymous> {
  const steps = locations.map((location) => readers[location](settings, kind))

  function searchFrom(request: RequestView, start: number, reasons: readonly string[]): ReturnType<Locator<Anonymous>> {
    const step = steps[start]
    if (step === undefined) return anonymous ? anonymous() : tokenMissing(locations, reasons)
    const found = step(request)
    // Nearly every token is found at once, and needs no continuation.
    if (typeof found === 'object' && 'token' in found) return found
    return whenDone(found, (later) =>
      typeof later === 'string' ? searchFrom(request, start + 1, [...reasons, later]) : later,
    )
  }

  return (request) => searchFrom(request, 0, [])
}

function tokenMissing(locations: readonly TokenLocation[], reasons: readonly string[]): never {
  const places = `${locations.slice(0, -1).join(', ')} or ${locations.at(-1)}`
  const all = `Missing JWT in ${places} (${reasons.join('; ')})`
  throw new TokenError('token_missing', reasons.length === 1 ? (reasons[0] as string) : all)
}

function headerReader({ headerName, headerType, headerLists }: Settings): Reader {
  const name = headerName.toLowerCase()
  const scheme = headerType.toLowerCase()
  const usual = headerType === '' ? '' : `${headerType} `
  const expected = headerType === '' ? '<JWT>' : `${headerType} <JWT>`
  const malformed = () =>
    new TokenError('credentials_malformed', `Bad ${headerName} header. Expected '${headerName}: ${expected}'`)
  const located = (token: string): LocatedToken => ({ token, location: 'headers' })

  function readBare(value: string): LocatedToken {
    const token = trimmed(value, ' \t,')
    if (/\s/.test(token)) throw malformed()
    return located(token)
  }

  /**
   * Reads a list of credentials, as some proxies send it. Exactly one must have our scheme, and be complete. Without
   * `headerLists`, there must be no others.
   */
  function readList(value: string): LocatedToken | string {
    const credentials = value.split(',').map((credential) => credential.trim().split(/\s+/))
    const ours = credentials.filter(([word]) => word?.toLowerCase() === scheme)
    const [credential] = ours
    if (credential === undefined) {
      return `Missing '${headerType}' type in '${headerName}' header. Expected '${headerName}: ${expected}'`
    }
    const [word, token, ...rest] = credential
    if (ours.length > 1 || token === undefined || rest.length > 0) throw malformed()
    if (!headerLists && value !== `${word} ${token}`) throw malformed()
    return located(token)
  }

  return function readHeader(request) {
    const value = request.header(name)
    // Nearly every request has this form: the scheme, one space, and one word. Two searches take less time than a regular
    // expression, and any other white space makes the token malformed.
    const word = value?.startsWith(usual) ? value.slice(usual.length) : ''
    if (word !== '' && !word.includes(' ') && !word.includes(',')) return located(word)
    if (value === undefined || /^[\s,]*$/.test(value)) return `Missing ${headerName} Header`
    return scheme === '' ? readBare(value) : readList(value)
  }
}

function cookieReader(settings: Settings, kind: TokenKind): Reader {
  const name = settings[`${kind}CookieName`]
  const csrfHeader = settings[`${kind}CsrfHeaderName`].toLowerCase()
  const csrfField = settings[`${kind}CsrfFieldName`]

  return function readCookieToken(request) {
    const [token, ...others] = readCookies(request.header('cookie'), name).filter(Boolean)
    if (token === undefined) return `Missing cookie "${name}"`
    const located: LocatedToken = { token, location: 'cookies', ...(others.length > 0 && { others }) }
    if (!settings.cookieCsrfProtect) return located
    const isChange = settings.csrfMethods.includes(request.method.toUpperCase())
    // A page cannot add headers to a WebSocket handshake, and can read what comes back regardless of CORS (RFC 6455
    // section 10.2).
    if ((isChange && settings.checkOrigin) || opensWebSocket(request)) checkOrigin(request, settings.trustedOrigins)
    if (!isChange) return located
    const withCsrf = (csrf: string | undefined): LocatedToken => {
      if (csrf) return { ...located, csrf }
      // A page of another host cannot read the value from the cookies of this host. Its origin replaces the value.
      if (isListed(request, settings.trustedOrigins)) return located
      throw new TokenError('csrf_missing', 'Missing CSRF token')
    }
    const csrf = request.header(csrfHeader)
    if (csrf || !settings.csrfCheckForm || !hasForm(request)) return withCsrf(csrf)
    return request.formField(csrfField).then(withCsrf)
  }
}

function queryReader({ queryStringName, queryStringValuePrefix, answers }: Settings): Reader {
  const parameter = answers === 'flask' ? 'paramater' : 'parameter' // Flask-JWT-Extended's own spelling
  return function readQuery(request) {
    const value = request.query(queryStringName)
    if (!value) return `Missing '${queryStringName}' query ${parameter}`
    if (!value.startsWith(queryStringValuePrefix)) {
      throw new TokenError(
        'credentials_malformed',
        `Invalid value for query parameter '${queryStringName}'. Expected the value to start with '${queryStringValuePrefix}'`,
      )
    }
    return { token: value.slice(queryStringValuePrefix.length), location: 'query_string' }
  }
}

function jsonReader({ jsonKey, refreshJsonKey }: Settings, kind: TokenKind): Reader {
  const key = kind === 'access' ? jsonKey : refreshJsonKey

  return function readJson(request) {
    const type = request.header('content-type') ?? ''
    if (!jsonType.test(type) || otherCharset.test(type)) return 'Invalid content-type. Must be application/json.'
    const missing = `Missing "${key}" key in json data.`
    if (!hasBody(request)) return missing
    return request.json().then((body) => {
      const token = isRecord(body) && Object.hasOwn(body, key) ? body[key] : undefined
      // A value that is not a string is passed on, so that it is rejected as a token and not treated as missing.
      return token ? { token: token as string, location: 'json' } : missing
    })
  }
}

const jsonType = /^application\/(?:[\w!#$&^.+-]*\+)?json\s*(?:;|$)/i
const formType = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i
/** A charset other than UTF-8, which JSON never has (RFC 8259 section 8.1). */
const otherCharset = /;\s*charset\s*=\s*(?!"?utf-8"?\s*(?:;|$))/i

/** Whether there may be a body that every framework reads alike: not that of a `GET`, and not a compressed one. */
function hasBody(request: RequestView): boolean {
  const isPlain = /^(?:identity)?$/i.test(request.header('content-encoding') ?? '')
  return isPlain && !['GET', 'HEAD'].includes(request.method)
}

function hasForm(request: RequestView): boolean {
  return hasBody(request) && formType.test(request.header('content-type') ?? '')
}
