import { accepted, bearer, error, get, json, post, type Row, refused, row, run, runWith, type Text } from '../recipe.ts'
import { A, R } from '../tokens.ts'

const body = (text: Text, type?: string) => post('/j', json(text, type))
const withA = ['{"access_token":"', A, '"}'] as const
const withR = ['{"refresh_token":"', R, '"}'] as const

const noParameter = "Missing 'jwt' query paramater"
const noKey = 'Missing "access_token" key in json data.'
const noJson = 'Invalid content-type. Must be application/json.'

export const queryAndJson: readonly Row[] = [
  row(
    125,
    'a token in the query string',
    run(
      accepted(get(['/q?jwt=', A]), { identity: 'alice', location: 'query_string' }),
      accepted(post(['/q?jwt=', A])),
      refused(get('/q'), 401, noParameter),
      refused(get('/q?jwt='), 401, noParameter),
    ),
  ),
  row(
    126,
    'the header is not checked then, and the first of two parameters is used',
    run(refused(get('/q', bearer(A)), 401, noParameter), accepted(get(['/q?jwt=', A, '&jwt=zzz']))),
  ),
  row(
    127,
    'queryStringName is another parameter',
    runWith(
      { queryStringName: 'foo' },
      accepted(get(['/q?foo=', A])),
      refused(get(['/q?jwt=', A]), 401, "Missing 'foo' query paramater"),
    ),
  ),
  row(
    128,
    'queryStringValuePrefix is required',
    runWith(
      { queryStringValuePrefix: 'bearer ' },
      accepted(get(['/q?jwt=bearer%20', A])),
      refused(
        get(['/q?jwt=', A]),
        422,
        "Invalid value for query parameter 'jwt'. Expected the value to start with 'bearer '",
      ),
    ),
  ),
  row(
    129,
    'a token in a JSON body, by the name of its kind',
    run(
      accepted(body(withA), { identity: 'alice', location: 'json' }),
      accepted(post('/rj', json(withR)), { location: 'json' }),
      refused(post('/rj', json(withA)), 401, 'Missing "refresh_token" key in json data.'),
    ),
  ),
  row(
    130,
    'a form body is not JSON',
    run(refused(body(['access_token=', A], 'application/x-www-form-urlencoded'), 401, noJson)),
  ),
  row(
    131,
    'media types that are JSON, and one that is not',
    run(
      accepted(body(withA, 'application/json;charset=UTF-8')),
      accepted(body(withA, 'Application/JSON')),
      accepted(body(withA, 'application/vnd.api+json')),
      refused(body(withA, 'text/json'), 401, noJson),
    ),
  ),
  row(
    132,
    'a body without the key, or none at all',
    run(
      ...['', '{', 'null', '{}', '[]', '{"access_token":""}', '{"access_token":null}'].map((text) =>
        refused(body(text), 401, noKey),
      ),
    ),
  ),
  row(133, 'a token that is not a string', run({ request: body('{"access_token":5}'), outcome: { status: 422 } })),
  row(
    134,
    'jsonKey and refreshJsonKey are other names',
    runWith(
      { jsonKey: 'Foo', refreshJsonKey: 'Bar' },
      accepted(body(['{"Foo":"', A, '"}'])),
      accepted(post('/rj', json(['{"Bar":"', R, '"}']))),
      refused(body(withA), 401, 'Missing "Foo" key in json data.'),
      refused(post('/rj', json(withR)), 401, 'Missing "Bar" key in json data.'),
    ),
  ),
  row(
    135,
    'a JSON body that is not an object',
    run(
      ...['[1]', '"x"', '5'].map((text) => ({
        request: body(text),
        outcome: { status: 500 },
        hallpass: error(401, noKey),
      })),
    ),
    { deviates: '401, as for a body without the key' },
  ),
]
