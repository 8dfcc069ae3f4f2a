import {
  accepted,
  authorization,
  bearer,
  cookieRun,
  cookies,
  csrfNeedsLocation,
  get,
  post,
  type Recipe,
  type Row,
  refused,
  row,
  run,
  runWith,
  type Text,
} from '../recipe.ts'
import { A, X } from '../tokens.ts'

/** Both a cookie and a header. */
function both(cookie: Text, header: Text) {
  return {
    headers: [...(cookies({ access_token_cookie: cookie }).headers ?? []), ...(authorization(header).headers ?? [])],
  }
}

const inCookie = (token: Recipe | string) => cookies({ access_token_cookie: token })
const noCookie = 'Missing cookie "access_token_cookie"'
const noHeader = 'Missing Authorization Header'
const noJson = 'Invalid content-type. Must be application/json.'
const noParameter = "Missing 'jwt' query paramater"

export const severalLocations: readonly Row[] = [
  row(
    136,
    'no token in two locations: both are named',
    run(refused(get('/ch'), 401, `Missing JWT in cookies or headers (${noCookie}; ${noHeader})`)),
  ),
  row(
    137,
    'the same for JSON and query string',
    run(refused(get('/jq'), 401, `Missing JWT in json or query_string (${noJson}; ${noParameter})`)),
  ),
  row(
    138,
    'all four, in the order of the search',
    run(
      refused(
        get('/hcqj'),
        401,
        `Missing JWT in headers, cookies, query_string or json (${noHeader}; ${noCookie}; ${noParameter}; ${noJson})`,
      ),
    ),
  ),
  row(
    139,
    'the first location with a token is used',
    run(
      accepted(get('/hc', inCookie(A)), { location: 'cookies' }),
      accepted(get('/ch', inCookie(A)), { location: 'cookies' }),
      accepted(get('/ch', both(A, ['Bearer ', A])), { location: 'cookies' }),
      accepted(get('/hc', both(A, ['Bearer ', A])), { location: 'headers' }),
    ),
  ),
  row(
    140,
    'a bad token ends the search',
    run(
      refused(get('/hc', both(A, 'Bearer xxx')), 422, 'Not enough segments'),
      accepted(get('/ch', both(A, 'Bearer xxx')), { location: 'cookies' }),
    ),
  ),
  row(
    141,
    'so does a bad cookie, whatever the header contains',
    run(
      refused(get('/ch', both(X, ['Bearer ', A])), 401, 'Token has expired'),
      refused(get('/ch', both('garbage', ['Bearer ', A])), 422, 'Not enough segments'),
    ),
  ),
  row(
    142,
    'so does a missing CSRF value',
    cookieRun({}, refused(post('/ch', both(A, ['Bearer ', A])), 401, 'Missing CSRF token')),
    {
      deb: csrfNeedsLocation,
    },
  ),
  row(
    143,
    'another scheme does not, our scheme alone does',
    run(
      accepted(get('/hc', both(A, 'Basic x')), { location: 'cookies' }),
      refused(get('/hc', both(A, 'Bearer')), 422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"),
    ),
  ),
  row(
    144,
    'locations of a route replace tokenLocation',
    runWith(
      { tokenLocation: ['cookies'] },
      accepted(get('/h', bearer(A)), { location: 'headers' }),
      refused(get('/protected', bearer(A)), 401, noCookie),
    ),
  ),
  row(
    145,
    'an unknown location on a route',
    runWith(
      { elsewhere: 'nowhere' },
      {
        request: get('/elsewhere', bearer(A)),
        outcome: { status: 500 },
        hallpass: { startRefused: 'option_invalid' },
      },
    ),
    { deviates: 'rejected when the route is set up' },
  ),
]
