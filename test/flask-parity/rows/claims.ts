import {
  type AppConfig,
  accepted,
  bearer,
  error,
  get,
  type Outcome,
  type Recipe,
  type Row,
  type Run,
  refused,
  row,
  run,
  runWith,
  type Step,
} from '../recipe.ts'
import { minted, signed } from '../tokens.ts'

const at = (token: Recipe, path = '/protected') => get(path, bearer(token))
const alice = { sub: 'alice' }
const aliceWith = (claims: object | ((now: number) => object)): Recipe =>
  signed((now) => ({ ...alice, ...(typeof claims === 'function' ? claims(now) : claims) }))

const expired = 'Token has expired'
const stale = 'Fresh token required'
const onlyRefresh = 'Only refresh tokens are allowed'
const subject = 'Subject must be a string'
const tokenId = 'JWT ID must be a string'
const unfit = {
  iat: 'Issued At claim (iat) must be an integer.',
  nbf: 'Not Before claim (nbf) must be an integer.',
  exp: 'Expiration Time claim (exp) must be an integer.',
}
const noAudience = 'Token is missing the "aud" claim'
const wrongAudience = "Audience doesn't match"
const crash: Outcome = { status: 500 }
const takes: Outcome = { status: 200 }

const notChecked = 'PyJWT 2.6 does not check the type of sub and jti'

/** Starts with the second: its times are exact to one. */
function exactRun(config: AppConfig, ...steps: readonly Step[]): Run {
  return { ...runWith(config, ...steps), exact: true }
}

export const claims: readonly Row[] = [
  row(
    61,
    'sub alone is enough; missing claims get defaults',
    run(
      accepted(at(signed(alice)), {
        identity: 'alice',
        claims: { sub: 'alice', type: 'access', fresh: false, jti: null },
      }),
    ),
  ),
  row(62, 'no sub', run(refused(at(signed({ jti: 'x' })), 422, 'Missing claim: sub'))),
  row(
    63,
    'a sub that is not a string, unless verifySub is off',
    [
      run(...[5, null, {}, [], false].map((sub) => refused(at(signed({ sub })), 422, subject, { deb: takes }))),
      { ...runWith({ verifySub: false }, accepted(at(signed({ sub: 5 })), { identity: 5 })) },
    ],
    { deb: notChecked },
  ),
  row(64, 'an empty sub is accepted', run(accepted(at(signed({ sub: '' })), { identity: '' }))),
  row(
    65,
    'a jti that is not a string; a missing jti',
    run(
      refused(at(aliceWith({ jti: 5 })), 422, tokenId, { deb: takes }),
      refused(at(aliceWith({ jti: null })), 422, tokenId, { deb: takes }),
      accepted(at(signed(alice))),
    ),
    { deb: notChecked },
  ),
  row(
    66,
    'any type but refresh opens a route, and only refresh refreshes',
    run(
      ...[{}, { type: 'app' }, { type: null }].flatMap((type) => [
        accepted(at(aliceWith(type))),
        refused(at(aliceWith(type), '/refresh-only'), 422, onlyRefresh),
      ]),
    ),
  ),
  row(
    67,
    'a token is expired in the second that exp names',
    run(
      refused(at(aliceWith((now) => ({ exp: now - 1 }))), 401, expired),
      refused(at(aliceWith((now) => ({ exp: now }))), 401, expired),
    ),
  ),
  row(
    68,
    'exp as other than an integer',
    run(
      refused(at(aliceWith({ exp: 'abc' })), 422, unfit.exp),
      refused(at(aliceWith({ exp: null })), 422, unfit.exp, { deb: crash }),
      accepted(at(aliceWith((now) => ({ exp: String(now + 100) })))),
      accepted(at(aliceWith((now) => ({ exp: now + 100.5 })))),
    ),
    { deb: 'PyJWT 2.6 raises TypeError for null' },
  ),
  row(
    69,
    'nbf and iat in the future',
    run(
      refused(at(aliceWith((now) => ({ nbf: now + 100 }))), 422, 'The token is not yet valid (nbf)'),
      refused(at(aliceWith((now) => ({ iat: now + 100 }))), 422, 'The token is not yet valid (iat)'),
    ),
  ),
  row(
    70,
    'iat and nbf that are not numbers',
    run(refused(at(aliceWith({ iat: 'abc' })), 422, unfit.iat), refused(at(aliceWith({ nbf: 'abc' })), 422, unfit.nbf)),
  ),
  row(
    71,
    'iat in milliseconds',
    run(refused(at(aliceWith((now) => ({ iat: now * 1000 }))), 422, 'The token is not yet valid (iat)')),
  ),
  row(
    72,
    'leewaySeconds moves exp, nbf and iat',
    exactRun(
      { leewaySeconds: 30 },
      accepted(at(aliceWith((now) => ({ exp: now - 29 })))),
      accepted(at(aliceWith((now) => ({ nbf: now + 29 })))),
      accepted(at(aliceWith((now) => ({ iat: now + 29 })))),
      refused(at(aliceWith((now) => ({ exp: now - 32 }))), 401, expired),
    ),
  ),
  row(73, 'exp is checked last', [
    run(refused(at(signed((now) => ({ exp: now - 60 }))), 422, 'Missing claim: sub')),
    runWith(
      { decodeIssuer: 'me' },
      refused(at(aliceWith((now) => ({ exp: now - 60, iss: 'you' }))), 422, 'Invalid issuer'),
    ),
  ]),
  row(
    74,
    'an expired refresh token is expired before it is of the wrong type',
    run(refused(at(minted('refresh', { expiresInSeconds: -60 })), 401, expired)),
  ),
  row(
    75,
    'decodeAudience: no aud',
    runWith(
      { decodeAudience: 'x' },
      ...[{}, { aud: '' }, { aud: [] }, { aud: null }].map((aud) => refused(at(aliceWith(aud)), 422, noAudience)),
    ),
  ),
  row(
    76,
    'decodeAudience: one in common',
    runWith(
      { decodeAudience: 'x' },
      accepted(at(aliceWith({ aud: 'x' }))),
      accepted(at(aliceWith({ aud: ['y', 'x'] }))),
      refused(at(aliceWith({ aud: 'y' })), 422, wrongAudience, { deb: error(422, 'Invalid audience') }),
      refused(at(aliceWith({ aud: ['y'] })), 422, wrongAudience, { deb: error(422, 'Invalid audience') }),
    ),
    { deb: 'PyJWT 2.6 words it differently' },
  ),
  row(
    77,
    'decodeAudience: aud that is not a string',
    runWith(
      { decodeAudience: 'x' },
      refused(at(aliceWith({ aud: 5 })), 422, 'Invalid claim format in token'),
      refused(at(aliceWith({ aud: ['x', 5] })), 422, 'Invalid claim format in token'),
    ),
  ),
  row(
    78,
    'decodeAudience: any of several',
    runWith(
      { decodeAudience: ['foo', 'bar'] },
      ...['foo', ['bar'], ['foo', 'bar', 'baz']].map((aud) => accepted(at(aliceWith({ aud })))),
    ),
  ),
  row(
    79,
    'aud and iss are not checked if nothing is required',
    run(
      accepted(at(aliceWith({ aud: 'x' }))),
      accepted(at(aliceWith({ aud: ['x', 'y'] }))),
      accepted(at(aliceWith({ iss: 'anybody' }))),
    ),
  ),
  row(
    80,
    'decodeIssuer',
    runWith(
      { decodeIssuer: 'i' },
      refused(at(signed(alice)), 422, 'Token is missing the "iss" claim'),
      refused(at(aliceWith({ iss: 'j' })), 422, 'Invalid issuer'),
      refused(at(aliceWith({ iss: 'in' })), 422, 'Invalid issuer'),
      accepted(at(aliceWith({ iss: 'i' }))),
    ),
  ),
  row(
    81,
    'identityClaim: that claim is required, and sub must still be a string',
    runWith(
      { identityClaim: 'uid' },
      accepted(at(signed({ uid: 'u' })), { identity: 'u' }),
      refused(at(signed({ sub: 'a' })), 422, 'Missing claim: uid'),
      refused(at(signed({ uid: 'u', sub: 5 })), 422, subject, { deb: takes }),
    ),
    { deb: notChecked },
  ),
  row(
    82,
    'fresh absent, until later, and long ago',
    run(
      refused(at(signed(alice), '/fresh'), 401, stale),
      accepted(
        at(
          aliceWith((now) => ({ fresh: now + 100 })),
          '/fresh',
        ),
      ),
      refused(at(aliceWith({ fresh: 1 }), '/fresh'), 401, stale),
    ),
  ),
  row(
    83,
    'a foreign typ and kid do not matter',
    run(accepted(at(signed(alice, { header: { typ: 'at+jwt', kid: 'nobodys' } })))),
  ),
]
