import { Hono } from 'hono'
import {
  handleTokenErrors,
  jwtRequired,
  setAccessCookies,
  setRefreshCookies,
  unsetAccessCookies,
  unsetJwtCookies,
  unsetRefreshCookies,
} from '../../src/adapters/hono.ts'
import {
  type AlgorithmName,
  type Answer,
  type Authenticated,
  type GuardOptions,
  importKey,
  JwtManager,
  type JwtManagerOptions,
  KeySet,
  type TokenError,
  type TokenLocation,
} from '../../src/index.ts'
import type { AppConfig, MintOptions } from './recipe.ts'
import { secret } from './tokens.ts'

/** The guarded routes of the contract. Each answers whom it takes the request for, to every method. */
const guarded: readonly (readonly [path: string, options: GuardOptions])[] = [
  ['/protected', {}],
  ['/fresh', { fresh: true }],
  ['/refresh-only', { refresh: true }],
  ['/optional', { optional: true }],
  ['/any', { verifyType: false }],
  ['/norev', { verifyType: false, skipRevocationCheck: true }],
  ['/h', { locations: ['headers'] }],
  ['/c', { locations: ['cookies'] }],
  ['/q', { locations: ['query_string'] }],
  ['/j', { locations: ['json'] }],
  ['/hc', { locations: ['headers', 'cookies'] }],
  ['/ch', { locations: ['cookies', 'headers'] }],
  ['/rc', { locations: ['cookies'], refresh: true }],
  ['/oc', { locations: ['cookies'], optional: true }],
  ['/rj', { locations: ['json'], refresh: true }],
  ['/jq', { locations: ['json', 'query_string'] }],
  ['/hcqj', { locations: ['headers', 'cookies', 'query_string', 'json'] }],
  ['/any-c', { locations: ['cookies'], verifyType: false }],
  ['/fresh-optional', { fresh: true, optional: true }],
]

/** The contract app of the parity rows on hallpass. `flask_app.py` is the same on Flask-JWT-Extended. */
export function makeHallpassApp(config: AppConfig, clock?: () => number): Hono {
  const blocklist = new Set<string>()
  let calls: string[] = []
  const jwt = new JwtManager<unknown, string, boolean>({
    ...valuesOf(config),
    ...callbacksOf(config, blocklist, (name) => calls.push(name)),
    ...(clock !== undefined && { clock }),
    preset: 'flask',
  })
  const app = new Hono()
  app.onError(handleTokenErrors(jwt))
  app.use(async (c, next) => {
    calls = []
    await next()
    c.header('X-Calls', calls.join(' '))
  })

  const elsewhere = config.elsewhere === undefined ? [] : [['/elsewhere', config.elsewhere] as const]
  const extra = elsewhere.map(([path, name]) => [path, { locations: [name as TokenLocation] }] as const)
  for (const [path, options] of [...guarded, ...extra]) {
    app.all(path, jwtRequired(jwt, options), (c) => c.json(whoIs(c.var.jwt)))
  }

  app.post('/login', async (c) => {
    const { username, password } = await c.req.json()
    if (username !== 'alice' || password !== 'correct horse') return c.json({ msg: 'Bad username or password' }, 401)
    return c.json({ access_token: jwt.createAccessToken(username), refresh_token: jwt.createRefreshToken(username) })
  })
  app.post('/refresh', jwtRequired(jwt, { refresh: true }), (c) =>
    c.json({ access_token: jwt.createAccessToken(c.var.jwt.identity) }),
  )
  app.delete('/logout', jwtRequired(jwt, { verifyType: false }), (c) => {
    blocklist.add(c.var.jwt.claims.jti)
    return c.json({ msg: 'Logged out' })
  })

  app.post('/cookie/login', async (c) => {
    const { access, refresh, ...options } = await c.req.json()
    setAccessCookies(c, jwt, access ?? jwt.createAccessToken('alice'), options)
    setRefreshCookies(c, jwt, refresh ?? jwt.createRefreshToken('alice'), options)
    return c.json({ msg: 'Logged in' })
  })
  const unset = { access: unsetAccessCookies, refresh: unsetRefreshCookies, both: unsetJwtCookies }
  app.post('/cookie/logout', async (c) => {
    const { only = 'both', ...options }: { only?: keyof typeof unset; domain?: string } = await c.req.json()
    unset[only](c, jwt, options)
    return c.json({ msg: 'Logged out' })
  })

  app.post('/mint', async (c) => {
    const { kind, identity = 'alice', ...options }: MintOptions & { kind: 'access' | 'refresh' } = await c.req.json()
    const create = { access: jwt.createAccessToken, refresh: jwt.createRefreshToken }[kind].bind(jwt)
    return c.json({ token: create(identity, options as Parameters<typeof create>[1]) })
  })
  // No guard: what decoding throws goes to the app's error handler.
  app.get('/decode', (c) => c.json({ claims: jwt.decodeToken(c.req.query('token') ?? '') }))
  return app
}

function whoIs(who: Authenticated<unknown, string | number> | undefined): object {
  return { identity: who?.identity ?? null, claims: who?.claims ?? {}, location: who?.location ?? null }
}

function valuesOf({
  keyPair,
  callbacks: _,
  elsewhere: __,
  machineClock: ___,
  ...values
}: AppConfig): JwtManagerOptions {
  if (keyPair === undefined) return { ...values, secret }
  const algorithm = keyPair.algorithm as AlgorithmName
  const verifying = importKey({ publicKey: keyPair.publicKey, algorithm, kid: 'verifying' })
  const signing = importKey({ privateKey: keyPair.privateKey, algorithm, kid: 'signing' })
  return { ...values, keys: new KeySet([verifying, signing], { kidIsHint: true }) }
}

function callbacksOf(
  { algorithm = 'HS256', callbacks = {} }: AppConfig,
  blocklist: ReadonlySet<string>,
  called: (name: string) => void,
): Partial<JwtManagerOptions> {
  const { isRevoked, verifyClaims, claimsFor, signingSecret, verifyingSecret, customAnswers } = callbacks
  const asked = <Value>(name: string, value: Value): Value => {
    called(name)
    return value
  }
  return {
    isRevoked: ({ jti }) => asked('isRevoked', isRevoked ?? blocklist.has(jti)),
    ...(verifyClaims !== undefined && { verifyClaims: () => asked('verifyClaims', verifyClaims) }),
    ...('loadUser' in callbacks && { loadUser: () => asked('loadUser', callbacks.loadUser) }),
    ...(claimsFor !== undefined && { claimsFor: () => claimsFor as Record<string, unknown> }),
    ...(signingSecret !== undefined && { signingKeyFor: () => importKey({ secret: signingSecret, algorithm }) }),
    ...(verifyingSecret !== undefined && { verifyingKeyFor: () => importKey({ secret: verifyingSecret, algorithm }) }),
    ...(customAnswers && { answerFor: customAnswer }),
  }
}

/** Flask-JWT-Extended has a callback for each group of refusals, hallpass one for all, told apart by code. */
export const answerGroups: Readonly<Partial<Record<TokenError['code'], string>>> = {
  token_expired: 'expired_token',
  token_missing: 'unauthorized',
  csrf_missing: 'unauthorized',
  csrf_mismatch: 'unauthorized',
  token_not_fresh: 'needs_fresh_token',
  token_revoked: 'revoked_token',
  claims_refused: 'token_verification_failed',
  user_not_found: 'user_lookup_error',
}

function customAnswer({ code, message, token }: TokenError, { headers }: Answer): Answer {
  const custom = answerGroups[code] ?? 'invalid_token'
  const told =
    custom === 'invalid_token' || custom === 'unauthorized'
      ? { reason: message }
      : { alg: token?.header.alg, sub: token?.claims.sub }
  return { status: 418, headers, body: { custom, ...told } }
}
