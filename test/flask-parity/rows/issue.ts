import { generateKeyPairSync } from 'node:crypto'
import {
  type AppConfig,
  accepted,
  bearer,
  cookieRun,
  csrfNeedsLocation,
  get,
  json,
  looks,
  post,
  type Recipe,
  type Row,
  type Run,
  refused,
  row,
  run,
  runWith,
  type Tester,
} from '../recipe.ts'
import { A, type Decoded, decoded, member, minted, R, signed } from '../tokens.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const login = post('/login', json('{"username":"alice","password":"correct horse"}'))
const loginWith = (body: string) => post('/login', json(body))
const loginAccess = member(login, 'access_token')
const loginRefresh = member(login, 'refresh_token')

/** Looks at a token's header and claims. */
function read<Value>(
  token: Recipe,
  pick: (token: Decoded, tester: Tester) => Value,
): (tester: Tester) => Promise<Value> {
  return async (tester) => pick(decoded(await tester.text(token)), tester)
}

const life = ({ claims }: Decoded) => Number(claims.exp) - Number(claims.iat)
const names = ({ claims }: Decoded) => Object.keys(claims).sort()

async function bothOf(tester: Tester): Promise<readonly [Decoded, Decoded]> {
  return [decoded(await tester.text(loginAccess)), decoded(await tester.text(loginRefresh))]
}

const named = minted('access', { additionalHeaders: { kid: 'k' } })

/** A token goes from each side to the other; both have the same keys. */
function exchange(config: AppConfig): Run {
  const access: Recipe = (tester) => tester.foreign('access')
  const refresh: Recipe = (tester) => tester.foreign('refresh')
  return runWith(
    { ...config, machineClock: true },
    accepted(get('/protected', bearer(access)), { identity: 'alice' }),
    accepted(get('/refresh-only', bearer(refresh)), { identity: 'alice' }),
  )
}

const pem = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048, ...pem })
const pairs = {
  RS256: rsa,
  PS256: rsa,
  ES256: generateKeyPairSync('ec', { namedCurve: 'prime256v1', ...pem }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'secp521r1', ...pem }),
  EdDSA: generateKeyPairSync('ed25519', pem),
}

export const issue: readonly Row[] = [
  row(
    1,
    'a login answers with an access and a refresh token, unpadded base64url in three parts',
    run(
      accepted(login),
      looks(
        async (tester) =>
          [await tester.text(loginAccess), await tester.text(loginRefresh)].map((token) =>
            /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token),
          ),
        [true, true],
      ),
    ),
  ),
  row(
    2,
    'a wrong password and an unknown user get the same 401',
    run(
      refused(loginWith('{"username":"alice","password":"wrong horse"}'), 401, 'Bad username or password'),
      refused(loginWith('{"username":"mallory","password":"correct horse"}'), 401, 'Bad username or password'),
    ),
  ),
  row(
    3,
    'the header contains only alg and typ',
    run(
      looks(
        read(A, ({ header }) => header),
        { alg: 'HS256', typ: 'JWT' },
      ),
    ),
  ),
  row(
    4,
    'an access token has these claims and no others',
    cookieRun({}, looks(read(A, names), ['csrf', 'exp', 'fresh', 'iat', 'jti', 'nbf', 'sub', 'type'])),
    { deb: csrfNeedsLocation },
  ),
  row(
    5,
    'a refresh token has the same claims, its type, and is not fresh',
    cookieRun(
      {},
      looks(read(R, names), ['csrf', 'exp', 'fresh', 'iat', 'jti', 'nbf', 'sub', 'type']),
      looks(
        read(R, ({ claims }) => [claims.type, claims.fresh]),
        ['refresh', false],
      ),
    ),
    { deb: csrfNeedsLocation },
  ),
  row(
    6,
    'the two tokens of one login have their own jti and csrf, UUIDs of version 4',
    cookieRun(
      {},
      accepted(login),
      looks(
        async (tester) => {
          const ids = (await bothOf(tester)).flatMap(({ claims }) => [String(claims.jti), String(claims.csrf)])
          return [new Set(ids).size, ids.every((id) => uuid.test(id))]
        },
        [4, true],
      ),
    ),
    { deb: csrfNeedsLocation },
  ),
  row(
    7,
    'the times of an access token are integers, nbf is iat, exp 900 later',
    run(
      looks(
        read(A, (token) => [Number.isInteger(token.claims.iat), token.claims.nbf === token.claims.iat, life(token)]),
        [true, true, 900],
      ),
    ),
  ),
  row(8, 'a refresh token lives 30 days', run(looks(read(R, life), 2_592_000))),
  row(
    9,
    'accessTokenSeconds is the lifetime of an access token',
    runWith({ accessTokenSeconds: 300 }, looks(read(A, life), 300)),
  ),
  row(
    10,
    'accessTokenSeconds false issues tokens without exp, and they are accepted',
    runWith(
      { accessTokenSeconds: false },
      looks(
        read(A, ({ claims }) => 'exp' in claims),
        false,
      ),
      accepted(get('/protected', bearer(A))),
    ),
  ),
  row(
    11,
    'encodeNbf false leaves nbf out',
    runWith(
      { encodeNbf: false },
      looks(
        read(A, ({ claims }) => 'nbf' in claims),
        false,
      ),
    ),
  ),
  row(
    12,
    'encodeAudience and encodeIssuer are written as given',
    runWith(
      { encodeAudience: ['a', 'b'], encodeIssuer: 'me' },
      looks(
        read(A, ({ claims }) => [claims.aud, claims.iss]),
        [['a', 'b'], 'me'],
      ),
    ),
  ),
  row(
    13,
    'cookieCsrfProtect false leaves csrf out',
    cookieRun(
      { cookieCsrfProtect: false },
      looks(
        read(A, ({ claims }) => 'csrf' in claims),
        false,
      ),
    ),
    { deb: csrfNeedsLocation },
  ),
  row(
    14,
    'identityClaim replaces sub',
    runWith(
      { identityClaim: 'uid' },
      looks(
        read(A, ({ claims }) => [claims.uid, 'sub' in claims]),
        ['alice', false],
      ),
    ),
  ),
  row(
    15,
    'a token that is fresh for five minutes states until when',
    run(
      looks(
        read(
          minted('access', { fresh: { seconds: 300 } }),
          ({ claims }, { now }) => typeof claims.fresh === 'number' && Math.abs(claims.fresh - now - 300) < 10,
        ),
        true,
      ),
    ),
  ),
  row(
    16,
    'claims given at creation take precedence over those of the callback',
    runWith(
      { callbacks: { claimsFor: { foo: 'x', y: 1 } } },
      looks(
        read(minted('access', { additionalClaims: { foo: 'bar' } }), ({ claims }) => [claims.foo, claims.y]),
        ['bar', 1],
      ),
    ),
  ),
  row(
    17,
    'an additional kid is in the header, and the token still verifies',
    run(
      looks(
        read(named, ({ header }) => header),
        { alg: 'HS256', kid: 'k', typ: 'JWT' },
      ),
      accepted(get('/protected', bearer(named))),
    ),
  ),
  row(18, 'an HS256 token of the other implementation is accepted, in both directions', [
    exchange({}),
    run(accepted(get('/protected', bearer(signed({ sub: 'alice' }))))),
  ]),
  row(
    19,
    'tokens signed with RS256, PS256, ES256, ES512 and EdDSA are exchanged in both directions',
    Object.entries(pairs).map(([algorithm, pair]) => exchange({ keyPair: { algorithm, ...pair } })),
  ),
]
