import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { ConfigurationError, TokenError } from '../errors.ts'
import { generateKey } from './import-key.ts'
import { exportJwk } from './jwk.ts'
import type { Key } from './key.ts'
import { KeySet } from './key-set.ts'
import { signToken } from './sign.ts'
import { verifyToken } from './verify.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** An issuer whose answers a test decides about. */
class Issuer {
  requests = 0
  handler: Handler = () => {}
  readonly #server: Server = createServer((request, response) => {
    this.requests++
    this.handler(request, response)
  })

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}/jwks.json`
  }

  publish(keys: readonly Key[], headers: Record<string, string> = {}): void {
    this.answer(JSON.stringify({ keys: keys.map((key) => exportJwk(key)) }), headers)
  }

  answer(text: string, headers: Record<string, string> = {}, status = 200): void {
    this.handler = (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/jwk-set+json', ...headers }).end(text)
    }
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const open: (Issuer | KeySet)[] = []
afterEach(() => {
  for (const one of open.splice(0)) one instanceof KeySet ? one.close() : one.stop()
})

async function follow(
  keys: readonly Key[],
  options: Parameters<typeof KeySet.remote>[1] = {},
  headers: Record<string, string> = {},
): Promise<{ issuer: Issuer; set: KeySet }> {
  const issuer = new Issuer()
  issuer.publish(keys, headers)
  const set = KeySet.remote(await issuer.start(), { cooldownSeconds: 0.05, ...options })
  open.push(issuer, set)
  return { issuer, set }
}

const one = generateKey('ES256')
const other = generateKey('EdDSA')
const claims = { sub: 'alice', exp: 4_000_000_000 }

function codeOf(work: () => unknown): string {
  try {
    work()
    return 'accepted'
  } catch (error) {
    return (error as TokenError).code
  }
}

describe('KeySet.remote', () => {
  it('verifies with the keys that an issuer publishes, and signs with none', async () => {
    const { issuer, set } = await follow([one, other])
    await set.ready()
    for (const key of [one, other]) expect(verifyToken(signToken(claims, key), set).sub).toBe('alice')
    for (let i = 0; i < 100; i++) verifyToken(signToken({ ...claims, jti: `${i}` }, one), set)
    expect(issuer.requests).toBe(1)
    expect(() => set.signing).toThrow(ConfigurationError)
    expect(set.toJwks().keys).toHaveLength(2)
  })

  it('refuses with keys_unavailable while there are none, and tells when it is worth trying again', async () => {
    const issuer = new Issuer()
    issuer.answer('', {}, 500)
    const url = await issuer.start()
    const set = KeySet.remote(url)
    open.push(issuer, set)
    await expect(set.ready()).rejects.toThrow('500')
    const token = signToken(claims, one)
    expect(codeOf(() => verifyToken(token, set))).toBe('keys_unavailable')
    expect(set.retryAfter(new TokenError('token_expired', ''))).toBeUndefined()
    issuer.publish([one])
    await sleep(1100)
    await set.retryAfter(new TokenError('keys_unavailable', ''))
    expect(codeOf(() => verifyToken(token, set))).toBe('accepted')
  })

  it('fetches once for an unknown kid, and not again before the cooldown is over', async () => {
    const { issuer, set } = await follow([one], { cooldownSeconds: 0.3 })
    await set.ready()
    const flood = Array.from({ length: 50 }, (_, index) => signToken(claims, one, { kid: `unknown ${index}` }))
    for (const token of flood) expect(codeOf(() => verifyToken(token, set))).toBe('token_key_unknown')
    expect(issuer.requests).toBe(1)
    await sleep(350)
    for (const token of flood) expect(codeOf(() => verifyToken(token, set))).toBe('token_key_unknown')
    await sleep(50)
    expect(issuer.requests).toBe(2)
  })

  it('fetches nothing for tokens that have ended, whatever key they name', async () => {
    const { issuer, set } = await follow([one])
    await set.ready()
    await sleep(60)
    for (let index = 0; index < 50; index++) {
      const token = signToken({ ...claims, exp: 1 }, one, { kid: `unknown ${index}` })
      expect(codeOf(() => verifyToken(token, set))).toBe('token_expired')
    }
    await sleep(50)
    expect(issuer.requests).toBe(1)
  })

  it('finds a key that is new, and loses one that is gone, tokens that were seen before included', async () => {
    const { issuer, set } = await follow([one])
    await set.ready()
    const [ofOne, ofOther] = [signToken(claims, one), signToken(claims, other)]
    expect(codeOf(() => verifyToken(ofOne, set))).toBe('accepted')
    issuer.publish([other])
    await sleep(60)
    expect(codeOf(() => verifyToken(ofOther, set))).toBe('token_key_unknown')
    await set.retryAfter(new TokenError('token_key_unknown', ''))
    expect(codeOf(() => verifyToken(ofOther, set))).toBe('accepted')
    expect(codeOf(() => verifyToken(ofOne, set))).toBe('token_key_unknown')
  })

  it('takes another key under a known kid for what it is: another', async () => {
    const first = generateKey('ES256', { kid: 'k' })
    const second = generateKey('ES256', { kid: 'k' })
    const { issuer, set } = await follow([first])
    await set.ready()
    const token = signToken(claims, first)
    expect(codeOf(() => verifyToken(token, set))).toBe('accepted')
    issuer.publish([second])
    await sleep(60)
    await set.retryAfter(new TokenError('token_key_unknown', ''))
    expect(codeOf(() => verifyToken(token, set))).toBe('token_signature_invalid')
  })

  it('asks with the tag that it was given, and keeps what did not change', async () => {
    const { issuer, set } = await follow([one], {}, { etag: '"1"' })
    await set.ready()
    let asked: string | undefined
    issuer.handler = (request, response) => {
      asked = request.headers['if-none-match']
      response.writeHead(304, { etag: '"1"' }).end()
    }
    await sleep(60)
    await set.retryAfter(new TokenError('token_key_unknown', ''))
    expect(asked).toBe('"1"')
    expect(codeOf(() => verifyToken(signToken(claims, one), set))).toBe('accepted')
  })

  const secretKey = generateKey('HS256')
  const jwks = (...keys: object[]) => JSON.stringify({ keys })
  const ofOne = exportJwk(one)
  const faults: [what: string, answer: (issuer: Issuer) => void][] = [
    ['an error', (issuer) => issuer.answer(jwks(exportJwk(other)), {}, 503)],
    ['a redirect', (issuer) => issuer.answer('', { location: '/elsewhere' }, 302)],
    ['a page', (issuer) => issuer.answer('<!doctype html><p>Log in', { 'content-type': 'text/html' })],
    ['10 MB', (issuer) => issuer.answer(`{"keys":[${' '.repeat(10_000_000)}]}`)],
    ['a million brackets', (issuer) => issuer.answer('['.repeat(200_000))],
    ['an empty body', (issuer) => issuer.answer('')],
    ['null', (issuer) => issuer.answer('null')],
    ['no list', (issuer) => issuer.answer('{"keys":{}}')],
    ['a list of texts', (issuer) => issuer.answer('{"keys":["k"]}')],
    ['a member twice', (issuer) => issuer.answer('{"keys":[],"keys":[]}')],
    ['101 keys', (issuer) => issuer.answer(jwks(...Array.from({ length: 101 }, () => ofOne)))],
    ['two keys of one kid', (issuer) => issuer.publish([other, generateKey('EdDSA', { kid: other.kid })])],
    ['a private key', (issuer) => issuer.answer(jwks(exportJwk(other, { private: true })))],
    ['a secret', (issuer) => issuer.answer(jwks(exportJwk(secretKey, { private: true })))],
    ['nothing that can be used', (issuer) => issuer.answer(jwks({ kty: 'EC', crv: 'secp256k1' }, { kty: 'XYZ' }))],
    ['a closed connection', (issuer) => (issuer.handler = (request) => request.socket.destroy())],
    ['nothing, for too long', (issuer) => (issuer.handler = () => {})],
    ['a drop now and then', drip],
  ]
  it.each(faults)('keeps the last good keys where it is answered with %s', async (_what, answer) => {
    const { issuer, set } = await follow([one], { timeoutSeconds: 0.3 })
    await set.ready()
    answer(issuer)
    await sleep(60)
    const start = performance.now()
    await expect(set.retryAfter(new TokenError('token_key_unknown', ''))).rejects.toThrow()
    expect(performance.now() - start).toBeLessThan(2000)
    expect(codeOf(() => verifyToken(signToken(claims, one), set))).toBe('accepted')
    const forged = signToken(claims, other)
    expect(codeOf(() => verifyToken(forged, set))).toBe('token_key_unknown')
  })

  function drip(issuer: Issuer): void {
    issuer.handler = (_request, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    }
  }

  it('uses what it can where some keys are of another kind', async () => {
    const strange = [{ kty: 'XYZ' }, { ...exportJwk(generateKey('RS256')), use: 'enc' }, { kty: 'EC', crv: 'P-256' }]
    const { issuer, set } = await follow([])
    issuer.answer(jwks(...strange, ofOne))
    await sleep(60)
    await set.retryAfter(new TokenError('token_key_unknown', ''))
    expect(codeOf(() => verifyToken(signToken(claims, one), set))).toBe('accepted')
    expect(set.size).toBe(1)
  })

  it('reads an RSA key that does not say its algorithm only where it is told which', async () => {
    const rsa = generateKey('RS256')
    const { alg: _, ...bare } = exportJwk(rsa)
    const token = signToken(claims, rsa)
    for (const [algorithm, answer] of [
      [undefined, 'keys_unavailable'],
      ['RS256', 'accepted'],
      ['PS256', 'token_algorithm_refused'],
    ] as const) {
      const issuer = new Issuer()
      issuer.answer(jwks(bare))
      const set = KeySet.remote(await issuer.start(), algorithm === undefined ? {} : { algorithm })
      open.push(issuer, set)
      await set.ready().catch(() => {})
      expect([algorithm, codeOf(() => verifyToken(token, set))]).toEqual([algorithm, answer])
    }
  })

  it('never takes a public key for a secret, nor a token that names another algorithm for a missing key', async () => {
    const { issuer, set } = await follow([one])
    await set.ready()
    for (const alg of ['none', 'HS256', 'hs256', 'XS1']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: 'elsewhere' })).toString('base64url')
      expect(codeOf(() => verifyToken(`${header}.e30.AAAA`, set))).toBe('token_algorithm_refused')
    }
    await sleep(20)
    expect(issuer.requests).toBe(1)
  })

  it('lets go of keys that could not be fetched for too long, and finds them again', async () => {
    const { issuer, set } = await follow([one], { maxStaleSeconds: 0.2, timeoutSeconds: 0.1 })
    await set.ready()
    const token = signToken(claims, one)
    expect(codeOf(() => verifyToken(token, set))).toBe('accepted')
    issuer.answer('', {}, 500)
    await sleep(250)
    await set.retryAfter(new TokenError('token_key_unknown', ''))?.catch(() => {})
    expect(codeOf(() => verifyToken(token, set))).toBe('keys_unavailable')
    issuer.publish([one])
    await sleep(1100)
    await set.ready()
    expect(codeOf(() => verifyToken(token, set))).toBe('accepted')
  })

  const unfit: [what: string, url: string, options?: object][] = [
    ['no address', 'jwks'],
    ['plain HTTP from another machine', 'http://id.example/jwks'],
    ['a file', 'file:///etc/passwd'],
    ['a password', 'https://user:password@id.example/jwks'],
    ['no time', 'http://127.0.0.1:9/', { timeoutSeconds: 0 }],
    ['a cooldown that never ends', 'http://127.0.0.1:9/', { cooldownSeconds: Number.POSITIVE_INFINITY }],
    ['a secret’s algorithm', 'http://127.0.0.1:9/', { algorithm: 'HS256' }],
  ]
  it.each(unfit)('refuses %s', (_what, url, options) => {
    expect(codeOf(() => KeySet.remote(url, options))).toBe('option_invalid')
  })

  it('takes plain HTTP where it is told that nobody can stand between', () => {
    const set = KeySet.remote('http://192.0.2.1/jwks', { allowHttp: true, timeoutSeconds: 0.01 })
    open.push(set)
    expect(set.size).toBe(0)
  })
})
