import { accepted, bearer, get, looks, type Row, refused, row, run, runWith, send } from '../recipe.ts'
import { A, F, minted, R, X } from '../tokens.ts'

const missing = 'Missing Authorization Header'
const stale = 'Fresh token required'

const nothing = get('/protected')
const head = send('HEAD', '/protected')

const whileFresh = minted('access', { fresh: { seconds: 300 } })
const noLongerFresh = minted('access', { fresh: { seconds: -60 } })

export const plainGuard: readonly Row[] = [
  row(
    20,
    'an access token opens a route',
    run(
      accepted(get('/protected', bearer(A)), {
        identity: 'alice',
        claims: { sub: 'alice', type: 'access' },
        location: 'headers',
      }),
    ),
  ),
  row(21, 'so does a fresh one', run(accepted(get('/protected', bearer(F)), { identity: 'alice' }))),
  row(
    22,
    'no token: 401 in JSON',
    run(
      refused(nothing, 401, missing),
      looks(async (tester) => (await tester.answer(nothing)).type, 'application/json'),
    ),
  ),
  row(
    23,
    'a refresh token opens no other route',
    run(refused(get('/protected', bearer(R)), 422, 'Only non-refresh tokens are allowed')),
  ),
  row(
    24,
    'an access token does not refresh',
    run(refused(get('/refresh-only', bearer(A)), 422, 'Only refresh tokens are allowed')),
  ),
  row(25, 'a refresh token does', run(accepted(get('/refresh-only', bearer(R)), { claims: { type: 'refresh' } }))),
  row(
    26,
    'verifyType false accepts both kinds, and requires one',
    run(
      accepted(get('/any', bearer(A))),
      accepted(get('/any', bearer(F))),
      accepted(get('/any', bearer(R))),
      refused(get('/any'), 401, missing),
    ),
  ),
  row(
    27,
    'a route that requires freshness rejects a stale token',
    run(accepted(get('/fresh', bearer(F))), refused(get('/fresh', bearer(A)), 401, stale)),
  ),
  row(
    28,
    'the type is checked before freshness',
    run(refused(get('/fresh', bearer(R)), 422, 'Only non-refresh tokens are allowed')),
  ),
  row(
    29,
    'a token is fresh until the time it states',
    run(accepted(get('/fresh', bearer(whileFresh))), refused(get('/fresh', bearer(noLongerFresh)), 401, stale)),
  ),
  row(30, 'an expired token is refused', run(refused(get('/protected', bearer(X)), 401, 'Token has expired'))),
  row(
    31,
    'OPTIONS reaches the view with no token or with garbage',
    run(
      ...['/protected', '/fresh', '/refresh-only', '/optional', '/c'].flatMap((path) => [
        accepted(send('OPTIONS', path), { identity: null, claims: {}, location: null }),
        accepted(send('OPTIONS', path, bearer('garbage')), { identity: null, claims: {}, location: null }),
      ]),
    ),
  ),
  row(
    32,
    'HEAD without a token: 401 with an empty body',
    run(
      { request: head, outcome: { status: 401 } },
      looks(async (tester) => (await tester.answer(head)).text, ''),
    ),
  ),
  row(
    33,
    'errorMessageKey names the member of the body',
    runWith(
      { errorMessageKey: 'message' },
      { request: get('/protected'), outcome: { status: 401, body: { message: missing } } },
    ),
  ),
]
