import {
  accepted,
  bearer,
  cookieRun,
  cookies,
  csrfNeedsLocation,
  error,
  get,
  post,
  type RequestRecipe,
  type RequestStep,
  type Row,
  refused,
  row,
  run,
  runWith,
  send,
} from '../recipe.ts'
import { A, anotherSecret, F, minted, R, X } from '../tokens.ts'

const logout = (token: typeof A) => send('DELETE', '/logout', bearer(token))
const revoked = 'Token has been revoked'
const unfit = 'User claims verification failed'

/** The app's own answer to a refusal, and what it was told. */
function custom(request: RequestRecipe, name: string, told: object): RequestStep {
  return { request, outcome: { status: 418, body: { custom: name, ...told } } }
}
const aboutAlice = { alg: 'HS256', sub: 'alice' }

export const callbacks: readonly Row[] = [
  row(
    90,
    'a logged-out token is revoked',
    run(accepted(logout(A)), refused(get('/protected', bearer(A)), 401, revoked)),
  ),
  row(
    91,
    'skipRevocationCheck does not call isRevoked',
    run(
      accepted(logout(A)),
      accepted(get('/norev', bearer(A)), {}, { deb: error(401, revoked) }),
      refused(logout(A), 401, revoked),
    ),
    { deb: 'there is no skip_revocation_check before 4.5' },
  ),
  row(92, 'only the token presented is revoked', run(accepted(logout(A)), accepted(post('/refresh', bearer(R))))),
  row(
    93,
    'a refresh token is revoked in the same way',
    run(accepted(logout(R)), refused(post('/refresh', bearer(R)), 401, revoked)),
  ),
  row(
    94,
    'verifyClaims false rejects on each kind of route',
    runWith(
      { callbacks: { verifyClaims: false } },
      ...['/protected', '/fresh', '/optional'].map((path) => refused(get(path, bearer(F)), 400, unfit)),
    ),
  ),
  row(95, 'loadUser null rejects, 0 and false are users', [
    runWith(
      { callbacks: { loadUser: null } },
      refused(get('/protected', bearer(A)), 401, 'Error loading the user alice'),
    ),
    ...[0, false].map((user) => runWith({ callbacks: { loadUser: user } }, accepted(get('/protected', bearer(A))))),
  ]),
  row(96, 'revocation is checked before verifyClaims, and that before loadUser', [
    runWith(
      { callbacks: { isRevoked: true, verifyClaims: false, loadUser: null } },
      {
        request: get('/protected', bearer(A)),
        outcome: { ...error(401, revoked), calls: 'isRevoked' },
      },
    ),
    runWith(
      { callbacks: { verifyClaims: false, loadUser: null } },
      {
        request: get('/protected', bearer(A)),
        outcome: { ...error(400, unfit), calls: 'isRevoked verifyClaims' },
      },
    ),
  ]),
  row(
    97,
    'freshness is checked before revocation',
    runWith(
      { callbacks: { isRevoked: true } },
      {
        request: get('/fresh', bearer(A)),
        outcome: { ...error(401, 'Fresh token required'), calls: '' },
      },
    ),
  ),
  row(
    98,
    'the app can answer each error itself, and is called with the token',
    [
      cookieRun(
        { callbacks: { customAnswers: true } },
        custom(get('/protected', bearer(X)), 'expired_token', aboutAlice),
        custom(get('/protected', bearer('xxx')), 'invalid_token', { reason: 'Not enough segments' }),
        custom(get('/protected', bearer(R)), 'invalid_token', { reason: 'Only non-refresh tokens are allowed' }),
        custom(get('/h'), 'unauthorized', { reason: 'Missing Authorization Header' }),
        custom(post('/c', cookies({ access_token_cookie: A })), 'unauthorized', { reason: 'Missing CSRF token' }),
        custom(get('/fresh', bearer(A)), 'needs_fresh_token', aboutAlice),
        accepted(logout(A)),
        custom(get('/protected', bearer(A)), 'revoked_token', aboutAlice),
      ),
      runWith(
        { callbacks: { customAnswers: true, verifyClaims: false } },
        custom(get('/protected', bearer(A)), 'token_verification_failed', aboutAlice),
      ),
      runWith(
        { callbacks: { customAnswers: true, loadUser: null } },
        custom(get('/protected', bearer(A)), 'user_lookup_error', aboutAlice),
      ),
    ],
    { deb: csrfNeedsLocation },
  ),
  row(99, 'verifyingKeyFor chooses the key', [
    runWith(
      { callbacks: { verifyingSecret: anotherSecret } },
      refused(get('/protected', bearer(minted('access'))), 422, 'Signature verification failed'),
    ),
    runWith(
      { callbacks: { signingSecret: anotherSecret, verifyingSecret: anotherSecret } },
      accepted(get('/protected', bearer(A))),
    ),
  ]),
]
