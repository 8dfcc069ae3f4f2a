import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Oracle, startOracle } from './oracle.ts'
import type { AppConfig, PlainRequest } from './recipe.ts'
import { hallpass, type Sender } from './tester.ts'
import { anotherSecret, secret } from './tokens.ts'

/** Tokens and cookies made by one side, read by the other: Flask-JWT-Extended, PyJWT by itself, hallpass. */

type Side = 'hallpass' | 'flask'
const directions: readonly (readonly [from: Side, to: Side])[] = [
  ['flask', 'hallpass'],
  ['hallpass', 'flask'],
]

let oracle: Oracle

beforeAll(async () => {
  oracle = await startOracle()
})

afterAll(() => oracle?.stop())

/** The app of one side. Both go by the machine's clock. */
function start(side: Side, config: AppConfig): Sender {
  if (side === 'flask') return (request) => oracle.send(config, request)
  return hallpass.start({ ...config, machineClock: true }, 0)
}

async function postJson(send: Sender, path: string, body: object): Promise<Record<string, string>> {
  const headers = [['Content-Type', 'application/json']] as const
  const answer = await send({ method: 'POST', path, headers, body: JSON.stringify(body) })
  return JSON.parse(answer.text) as Record<string, string>
}

async function mint(send: Sender, kind: 'access' | 'refresh', options: object = {}): Promise<string> {
  return (await postJson(send, '/mint', { kind, ...options })).token ?? ''
}

/** Status, and the identity or the text of the refusal. */
async function open(send: Sender, path: string, token: string): Promise<readonly unknown[]> {
  const answer = await send({ method: 'GET', path, headers: [['Authorization', `Bearer ${token}`]] })
  const { identity, msg } = JSON.parse(answer.text) as { identity?: string; msg?: string }
  return [answer.status, identity ?? msg]
}

const secrets = ['HS256', 'HS384', 'HS512'] as const
const pairs = ['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
type PairAlgorithm = (typeof pairs)[number]
type Algorithm = (typeof secrets)[number] | PairAlgorithm

const made = new Map<string, Promise<AppConfig>>()

/** The configuration of an algorithm; a key pair comes from the side that is to make the tokens. */
function configOf(algorithm: Algorithm, from: Side): Promise<AppConfig> {
  const name = `${algorithm} ${from}`
  const config = made.get(name) ?? makeConfig(algorithm, from)
  made.set(name, config)
  return config
}

async function makeConfig(algorithm: Algorithm, from: Side): Promise<AppConfig> {
  if (isSecret(algorithm)) return { algorithm }
  if (from === 'hallpass') return { keyPair: { algorithm, ...makePair(algorithm) } }
  const { privateKey = '', publicKey = '' } = await postJson(start('flask', {}), '/key-pair', { algorithm })
  return { keyPair: { algorithm, privateKey, publicKey } }
}

function isSecret(algorithm: Algorithm): algorithm is (typeof secrets)[number] {
  return algorithm.startsWith('HS')
}

function makePair(algorithm: PairAlgorithm): { privateKey: string; publicKey: string } {
  const pem = {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  } as const
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519', pem)
  const namedCurve = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' }[algorithm as string]
  return namedCurve === undefined
    ? generateKeyPairSync('rsa', { modulusLength: 2048, ...pem })
    : generateKeyPairSync('ec', { namedCurve, ...pem })
}

describe.each([...secrets, ...pairs])('%s', (algorithm) => {
  it.each(directions)('tokens of %s are accepted by %s', async (from, to) => {
    const config = await configOf(algorithm, from)
    const [maker, reader] = [start(from, config), start(to, config)]
    const [access, fresh, refresh] = await Promise.all([
      mint(maker, 'access'),
      mint(maker, 'access', { fresh: true, additionalClaims: { name: 'Zoë 🦊' } }),
      mint(maker, 'refresh'),
    ])
    expect(await open(reader, '/protected', access)).toEqual([200, 'alice'])
    expect(await open(reader, '/fresh', fresh)).toEqual([200, 'alice'])
    expect(await open(reader, '/refresh-only', refresh)).toEqual([200, 'alice'])
    expect(await open(reader, '/fresh', access)).toEqual([401, 'Fresh token required'])
    expect(await open(reader, '/protected', refresh)).toEqual([422, 'Only non-refresh tokens are allowed'])
  })

  it.each(directions)('tokens that must be refused are: of %s by %s', async (from, to) => {
    const config = await configOf(algorithm, from)
    const [maker, reader] = [start(from, config), start(to, config)]
    const token = await mint(maker, 'access')
    const [header = '', payload = '', signature = ''] = token.split('.')
    const others = { sub: 'mallory', exp: Math.floor(Date.now() / 1000) + 900 }
    const forged = Buffer.from(JSON.stringify(others)).toString('base64url')
    const changed = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)
    const wrong = [422, 'Signature verification failed']

    expect(await open(reader, '/protected', `${header}.${forged}.${signature}`)).toEqual(wrong)
    expect(await open(reader, '/protected', `${header}.${payload}.${changed}`)).toEqual(wrong)
    expect(await open(reader, '/protected', `${header}.${payload}.`)).toEqual(wrong)
    expect(await open(reader, '/protected', await mint(maker, 'access', { expiresInSeconds: -5 }))).toEqual([
      401,
      'Token has expired',
    ])
    // Of the same kind, made for this test.
    const stranger = isSecret(algorithm)
      ? { ...config, callbacks: { signingSecret: anotherSecret } }
      : { keyPair: { algorithm, ...makePair(algorithm) } }
    expect(await open(reader, '/protected', await mint(start(from, stranger), 'access'))).toEqual(wrong)
  })

  it('tokens of PyJWT by itself are accepted by hallpass, and the reverse', async () => {
    const config = await configOf(algorithm, 'flask')
    const [signing, verifying] = [config.keyPair?.privateKey ?? secret, config.keyPair?.publicKey ?? secret]
    const [flask, app] = [start('flask', config), start('hallpass', config)]
    const claims = { sub: 'alice', exp: Math.floor(Date.now() / 1000) + 60 }

    const { token = '' } = await postJson(flask, '/pyjwt/encode', { payload: claims, key: signing, algorithm })
    expect(await open(app, '/protected', token)).toEqual([200, 'alice'])

    const ours = await mint(app, 'access')
    const verified = await postJson(flask, '/pyjwt/decode', { token: ours, key: verifying, algorithm })
    expect(verified.claims).toMatchObject({ sub: 'alice', type: 'access', fresh: false })
    const altered = `${ours.slice(0, ours.lastIndexOf('.'))}.${token.slice(token.lastIndexOf('.') + 1)}`
    const refused = await postJson(flask, '/pyjwt/decode', { token: altered, key: verifying, algorithm })
    expect(refused).toEqual({ error: 'InvalidSignatureError' })
  })
})

describe('cookies', () => {
  const config: AppConfig = { tokenLocation: ['headers', 'cookies'] }

  /** What a browser sends back of the cookies that a login set. */
  async function logIn(send: Sender): Promise<{ cookie: string; csrf: Readonly<Record<string, string>> }> {
    const headers = [['Content-Type', 'application/json']] as const
    const { cookies } = await send({ method: 'POST', path: '/cookie/login', headers, body: '{}' })
    const pairs = cookies.map((line) => (line.split(';')[0] ?? '').split('=') as [string, string])
    return { cookie: pairs.map((pair) => pair.join('=')).join('; '), csrf: Object.fromEntries(pairs) }
  }

  it.each(directions)('set by %s are accepted by %s with the value it handed out', async (from, to) => {
    const { cookie, csrf } = await logIn(start(from, config))
    const reader = start(to, config)
    const requests: [method: string, path: string, value: string | undefined, status: number][] = [
      ['GET', '/c', undefined, 200],
      ['POST', '/c', csrf.csrf_access_token, 200],
      ['POST', '/rc', csrf.csrf_refresh_token, 200],
      ['POST', '/c', undefined, 401],
      ['POST', '/c', csrf.csrf_refresh_token, 401],
      ['POST', '/rc', csrf.csrf_access_token, 401],
    ]
    const answers = requests.map(async ([method, path, value]) => {
      const headers: PlainRequest['headers'] = [
        ['Cookie', cookie],
        ...(value === undefined ? [] : [['X-CSRF-TOKEN', value] as const]),
      ]
      return (await reader({ method, path, headers })).status
    })
    expect(await Promise.all(answers)).toEqual(requests.map(([, , , status]) => status))
  })

  it('are written in the same words by both', async () => {
    const lines = directions.map(async ([side]) => {
      const send = start(side, { ...config, cookieDomain: 'test.com', cookieSecure: true, cookieSameSite: 'Lax' })
      const headers = [['Content-Type', 'application/json']] as const
      const { cookies } = await send({ method: 'POST', path: '/cookie/login', headers, body: '{}' })
      return cookies.map((line) => line.replace(/=[^;]*/, '=…'))
    })
    const [flask, ours] = await Promise.all(lines)
    expect(ours).toEqual(flask)
    expect(ours?.[0]).toBe('access_token_cookie=…; Domain=test.com; Secure; HttpOnly; Path=/; SameSite=Lax')
  })
})
