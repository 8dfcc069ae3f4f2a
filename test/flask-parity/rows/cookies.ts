import {
  type AppConfig,
  accepted,
  bearer,
  cookieRun,
  cookies,
  csrfNeedsLocation,
  get,
  json,
  post,
  type Row,
  refused,
  row,
  run,
} from '../recipe.ts'
import { A, cookieFrom, csrfOf } from '../tokens.ts'
import {
  accessNames,
  allNames,
  login,
  logout,
  refreshNames,
  type SetCookie,
  sets,
  submit,
  withAccess,
  withHttpOnly,
} from './set-cookies.ts'

const missing = 'Missing CSRF token'

const onDeb = { deb: csrfNeedsLocation }

const secured: AppConfig = { cookieSecure: true, cookieDomain: 'test.com', cookieSameSite: 'Strict' }
const securedAttributes = { Domain: 'test.com', Path: '/', Secure: true, SameSite: 'Strict' }

const renamed: AppConfig = {
  accessCookieName: 'a',
  refreshCookieName: 'r',
  accessCsrfCookieName: 'ca',
  refreshCsrfCookieName: 'cr',
  accessCookiePath: '/api',
  refreshCookiePath: '/renew',
  accessCsrfCookiePath: '/pages',
  refreshCsrfCookiePath: '/more',
}

const shortLogin = post('/cookie/login', json('{"maxAgeSeconds":60,"domain":"other.com"}'))
const otherLogout = logout({ domain: 'other.com' })
const logoutOfBoth = logout({})
const logoutOfAccess = logout({ only: 'access' })
const logoutOfRefresh = logout({ only: 'refresh' })

const nameOf = ({ name }: SetCookie) => name
const lifeAndDomain = ({ name, attributes }: SetCookie) => [name, attributes['Max-Age'], attributes.Domain]

/** Name and attributes; `Expires` as the number of days from now. */
function aYearAhead({ name, attributes }: SetCookie): unknown {
  const days = (Date.parse(String(attributes.Expires)) - Date.now()) / 86_400_000
  return [name, { ...attributes, Expires: `${Math.round(days)} days` }]
}

const gone = { Expires: 'Thu, 01 Jan 1970 00:00:00 GMT', value: '' }
const whole = ({ name, value, attributes }: SetCookie) => [name, { value, ...attributes }]

export const cookieRows: readonly Row[] = [
  row(
    116,
    'cookieCsrfProtect false: one cookie for each token, no value required',
    cookieRun(
      { cookieCsrfProtect: false },
      accepted(login),
      sets(login, nameOf, ['access_token_cookie', 'refresh_token_cookie']),
      accepted(post('/c', withAccess(cookieFrom(login, 'access_token_cookie')))),
    ),
    onDeb,
  ),
  row(
    117,
    'csrfInCookies false: no CSRF cookies, the value is still required',
    cookieRun(
      { csrfInCookies: false },
      accepted(login),
      sets(login, nameOf, ['access_token_cookie', 'refresh_token_cookie']),
      refused(post('/c', withAccess(cookieFrom(login, 'access_token_cookie'))), 401, missing),
    ),
    onDeb,
  ),
  row(
    118,
    'accessCsrfHeaderName is another header',
    cookieRun(
      { accessCsrfHeaderName: 'X-FOO' },
      accepted(post('/c', withAccess(A, { 'X-FOO': csrfOf(A) }))),
      refused(post('/c', withAccess(A, submit(csrfOf(A)))), 401, missing),
    ),
    onDeb,
  ),
  row(
    119,
    'cookieSecure, cookieDomain, cookieSameSite and sessionCookie apply to all four',
    cookieRun(
      { ...secured, sessionCookie: false },
      accepted(login),
      sets(
        login,
        aYearAhead,
        withHttpOnly(allNames, { ...securedAttributes, 'Max-Age': '31540000', Expires: '365 days' }),
      ),
    ),
    onDeb,
  ),
  row(
    120,
    'cookies have the configured names and paths',
    cookieRun(
      renamed,
      accepted(login),
      sets(login, ({ name, attributes }) => [name, attributes], [
        ['a', { HttpOnly: true, Path: '/api' }],
        ['ca', { Path: '/pages' }],
        ['r', { HttpOnly: true, Path: '/renew' }],
        ['cr', { Path: '/more' }],
      ]),
      accepted(get('/c', cookies({ a: A }))),
      refused(get('/c'), 401, 'Missing cookie "a"'),
    ),
    onDeb,
  ),
  row(
    121,
    'lifetime and domain of the cookies can be given with the token',
    cookieRun(
      { cookieDomain: 'test.com' },
      accepted(shortLogin),
      sets(
        shortLogin,
        lifeAndDomain,
        allNames.map((name) => [name, '60', 'other.com']),
      ),
      accepted(otherLogout),
      sets(
        otherLogout,
        lifeAndDomain,
        allNames.map((name) => [name, undefined, 'other.com']),
      ),
    ),
    onDeb,
  ),
  row(
    122,
    'a logout clears the four, with the same attributes',
    [
      cookieRun({}, accepted(logoutOfBoth), sets(logoutOfBoth, whole, withHttpOnly(allNames, { ...gone, Path: '/' }))),
      cookieRun(
        secured,
        accepted(logoutOfBoth),
        sets(logoutOfBoth, whole, withHttpOnly(allNames, { ...gone, ...securedAttributes })),
      ),
    ],
    onDeb,
  ),
  row(
    123,
    'the two of one token can be cleared separately',
    cookieRun(
      {},
      accepted(logoutOfAccess),
      sets(logoutOfAccess, nameOf, accessNames),
      accepted(logoutOfRefresh),
      sets(logoutOfRefresh, nameOf, refreshNames),
    ),
    onDeb,
  ),
  row(124, 'a token in the header needs no value', run(accepted(post('/protected', bearer(A))))),
]
