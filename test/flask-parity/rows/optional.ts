import {
  accepted,
  authorization,
  bearer,
  error,
  get,
  type Row,
  refused,
  row,
  run,
  runWith,
  send,
  type Text,
} from '../recipe.ts'
import { A, R, signed, X } from '../tokens.ts'

const at = (value: Text) => get('/optional', authorization(value))
const nobody = { identity: null, claims: {}, location: null }

export const optional: readonly Row[] = [
  row(
    84,
    'no token of ours: anonymous',
    run(
      accepted(get('/optional'), nobody),
      accepted(at('Basic x'), nobody),
      accepted(at('Foo 1, Bar 2, Baz, 3'), nobody),
    ),
  ),
  row(
    85,
    'a token: its identity',
    run(accepted(get('/optional', bearer(A)), { identity: 'alice', location: 'headers' })),
  ),
  row(
    86,
    'an invalid token is rejected',
    run(
      refused(get('/optional', bearer(X)), 401, 'Token has expired'),
      refused(get('/optional', bearer(R)), 422, 'Only non-refresh tokens are allowed'),
      refused(get('/fresh-optional', bearer(A)), 401, 'Fresh token required'),
    ),
  ),
  row(
    87,
    'so is one that is malformed',
    run(
      refused(at('Bearer '), 422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"),
      refused(at('Bearer xxx'), 422, 'Not enough segments'),
      refused(at('Foo 1, Bearer 2, Baz, 3'), 422, 'Not enough segments'),
    ),
  ),
  row(88, 'so is one that a callback rejects', [
    run(
      accepted(send('DELETE', '/logout', bearer(A))),
      refused(get('/optional', bearer(A)), 401, 'Token has been revoked'),
    ),
    runWith(
      { callbacks: { verifyClaims: false } },
      refused(get('/optional', bearer(A)), 400, 'User claims verification failed'),
    ),
    runWith(
      { callbacks: { loadUser: null } },
      refused(get('/optional', bearer(A)), 401, 'Error loading the user alice'),
    ),
  ]),
  row(
    89,
    'without a token no callback is called',
    runWith(
      { callbacks: { loadUser: { name: 'Alice' }, verifyClaims: true } },
      { request: get('/optional'), outcome: { status: 200, includes: nobody, calls: '' } },
      {
        request: get('/optional', bearer(signed({ sub: 'alice' }))),
        outcome: { status: 200, calls: 'isRevoked verifyClaims loadUser' },
      },
      {
        request: at('Bearer '),
        outcome: { ...error(422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"), calls: '' },
      },
    ),
  ),
]
