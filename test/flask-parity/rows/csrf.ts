import {
  accepted,
  cookieRun,
  cookies,
  csrfNeedsLocation,
  get,
  json,
  looks,
  post,
  type Recipe,
  type RequestRecipe,
  type Row,
  refused,
  row,
  run,
  type Step,
  send,
  type Text,
} from '../recipe.ts'
import { A, cookieFrom, csrfOf, decoded, R, signed, X } from '../tokens.ts'
import {
  accessNames,
  allNames,
  login,
  refreshNames,
  sets,
  submit,
  withAccess,
  withHttpOnly,
  withRefresh,
} from './set-cookies.ts'

const missing = 'Missing CSRF token'
const mismatch = 'CSRF double submit tokens do not match'
const expired = 'Token has expired'
const unsafe = ['POST', 'PUT', 'PATCH', 'DELETE']

const onDeb = { deb: csrfNeedsLocation }
const plain = (...steps: readonly Step[]) => cookieRun({}, ...steps)

/** A form with the access cookie beside it. */
function form(field: Recipe | string, headers: Record<string, Text> = {}): RequestRecipe {
  return post('/c', {
    ...withAccess(A, headers),
    body: { type: 'application/x-www-form-urlencoded', text: ['csrf_token=', field] },
  })
}

const multipart = post('/c', {
  ...withAccess(A),
  body: {
    type: 'multipart/form-data; boundary=between',
    text: ['--between\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n', csrfOf(A), '\r\n--between--\r\n'],
  },
})

const inJson = post('/c', { ...withAccess(A), ...json(['{"csrf_token":"', csrfOf(A), '"}']) })

export const csrf: readonly Row[] = [
  row(
    100,
    'no cookie',
    run(
      refused(get('/c'), 401, 'Missing cookie "access_token_cookie"'),
      refused(get('/rc'), 401, 'Missing cookie "refresh_token_cookie"'),
    ),
  ),
  row(
    101,
    'a login sets four cookies, and scripts can read the two for CSRF',
    plain(
      accepted(login),
      sets(login, ({ name, attributes }) => [name, attributes], withHttpOnly(allNames, { Path: '/' })),
    ),
    onDeb,
  ),
  row(
    102,
    'the CSRF cookies contain the csrf claims',
    plain(
      accepted(login),
      ...[accessNames, refreshNames].map(([token, csrf]) =>
        looks(async (tester) => {
          const { claims } = decoded(await tester.text(cookieFrom(login, token)))
          return claims.csrf === (await tester.text(cookieFrom(login, csrf))) && typeof claims.csrf
        }, 'string'),
      ),
    ),
    onDeb,
  ),
  row(
    103,
    'GET needs no CSRF value, and a wrong one does not matter',
    plain(
      accepted(get('/c', withAccess(A)), { identity: 'alice', location: 'cookies' }),
      accepted(get('/c', withAccess(A, submit('wrong')))),
    ),
    onDeb,
  ),
  row(
    104,
    'a state-changing method needs one',
    plain(...unsafe.map((method) => refused(send(method, '/c', withAccess(A)), 401, missing))),
    onDeb,
  ),
  row(
    105,
    'the value goes into X-CSRF-TOKEN',
    plain(
      accepted(post('/c', withAccess(A, submit(csrfOf(A)))), { location: 'cookies' }),
      refused(post('/c', withAccess(A, submit('wrong'))), 401, mismatch),
      refused(post('/c', withAccess(A, submit(''))), 401, missing),
    ),
    onDeb,
  ),
  row(
    106,
    'the CSRF cookie alone is no value',
    plain(refused(post('/c', cookies({ access_token_cookie: A, csrf_access_token: csrfOf(A) })), 401, missing)),
    onDeb,
  ),
  row(
    107,
    'a refresh token has its own value',
    plain(
      accepted(post('/rc', withRefresh(R, submit(csrfOf(R))))),
      refused(post('/rc', withRefresh(R, submit(csrfOf(A)))), 401, mismatch),
    ),
    onDeb,
  ),
  row(
    108,
    'a token without csrf',
    plain(refused(post('/c', withAccess(signed({ sub: 'alice' }), submit('any'))), 422, 'Missing claim: csrf')),
    onDeb,
  ),
  row(
    109,
    'garbage in the cookie; a missing CSRF value is reported first',
    plain(
      refused(get('/c', withAccess('garbage')), 422, 'Not enough segments'),
      refused(post('/c', withAccess('garbage')), 401, missing),
    ),
    onDeb,
  ),
  row(
    110,
    'the CSRF value is checked before exp',
    plain(
      refused(post('/c', withAccess(X, submit(csrfOf(X)))), 401, expired),
      refused(post('/c', withAccess(X, submit('wrong'))), 401, mismatch),
    ),
    onDeb,
  ),
  row(
    111,
    'a refresh token in the access cookie',
    plain(
      refused(get('/c', withAccess(R)), 422, 'Only non-refresh tokens are allowed'),
      accepted(get('/any-c', withAccess(R))),
    ),
    onDeb,
  ),
  row(
    112,
    'an optional route needs the value if there is a cookie',
    plain(accepted(post('/oc'), { identity: null }), refused(post('/oc', withAccess(A)), 401, missing)),
    onDeb,
  ),
  row(
    113,
    'csrfCheckForm checks forms; the header comes first',
    cookieRun(
      { csrfCheckForm: true },
      accepted(form(csrfOf(A))),
      accepted(multipart),
      refused(inJson, 401, missing),
      refused(form(csrfOf(A), submit('wrong')), 401, mismatch),
      accepted(form(csrfOf(A), submit(''))),
    ),
    onDeb,
  ),
  row(114, 'otherwise forms are not checked', plain(refused(form(csrfOf(A)), 401, missing)), onDeb),
  row(
    115,
    'csrfMethods are those that need the value',
    cookieRun(
      { csrfMethods: ['GET'] },
      accepted(post('/c', withAccess(A))),
      refused(get('/c', withAccess(A)), 401, missing),
    ),
    onDeb,
  ),
]
