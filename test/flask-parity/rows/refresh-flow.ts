import { accepted, bearer, get, looks, post, type Row, refused, row, run } from '../recipe.ts'
import { A, anotherSecret, decoded, member, minted, R, signed, X } from '../tokens.ts'

const refresh = post('/refresh', bearer(R))
const renewed = member(refresh, 'access_token')

export const refreshFlow: readonly Row[] = [
  row(
    146,
    'a refresh answers with a new access token that is not fresh',
    run(
      accepted(refresh),
      looks(
        async (tester) => {
          const [{ claims }, old] = [decoded(await tester.text(renewed)), decoded(await tester.text(R))]
          return [claims.type, claims.fresh, claims.sub, typeof claims.jti, claims.jti === old.claims.jti]
        },
        ['access', false, 'alice', 'string', false],
      ),
    ),
  ),
  row(
    147,
    'that token opens routes, but none that requires freshness',
    run(
      refused(get('/fresh', bearer(renewed)), 401, 'Fresh token required'),
      accepted(get('/protected', bearer(renewed)), { identity: 'alice' }),
    ),
  ),
  row(
    148,
    'a refresh token can be used again: rotation is a feature of sessions, not of tokens',
    run(accepted(refresh), accepted(refresh)),
  ),
  row(
    149,
    'an expired refresh token is refused',
    run(refused(post('/refresh', bearer(minted('refresh', { expiresInSeconds: -60 }))), 401, 'Token has expired')),
  ),
  row(
    150,
    'an error from decoding in a route without a guard is answered as by a guard',
    run(
      accepted(get(['/decode?token=', A]), { claims: { sub: 'alice' } }),
      refused(get(['/decode?token=', X]), 401, 'Token has expired'),
      refused(get('/decode?token=xxx'), 422, 'Not enough segments'),
      refused(
        get(['/decode?token=', signed({ sub: 'alice' }, { secret: anotherSecret })]),
        422,
        'Signature verification failed',
      ),
    ),
  ),
]
