import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Issuer } from '../../../test/issuer.ts'
import { runtime } from '../../../test/runtime.ts'
import { ConfigurationError, TokenError } from '../../errors.ts'
import { generateKey } from '../keys/import-key.ts'
import { exportJwk } from '../keys/jwk.ts'
import type { Key } from '../keys/key.ts'
import { KeySet } from '../keys/key-set.ts'
import { signToken } from '../sign.ts'
import { verifyToken } from '../verify.ts'
import { fetchAfter } from './missing-keys.ts'

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

const [one, twin] = [generateKey('ES256'), generateKey('ES256')]
const other = generateKey('EdDSA')
const claims = { sub: 'alice', exp: 4_000_000_000 }

function codeOf(work: () => unknown): string {
  const refusal = refusalOf(work)
  return refusal === undefined ? 'accepted' : refusal.code
}

function refusalOf(work: () => unknown): TokenError | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return error as TokenError
  }
}

/** The fetch that a token with an unknown key triggers. */
function seek(set: KeySet, kid: string = crypto.randomUUID()): Promise<unknown> | undefined {
  return fetchAfter(refusalOf(() => verifyToken(signToken(claims, one, { kid }), set)))
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

  it.each([4.0005, 3_000_000])(
    'fetches within %s seconds, which a timer cannot count exactly',
    async (timeoutSeconds) => {
      const { set } = await follow([one], { timeoutSeconds })
      await set.ready()
    },
  )

  it('refuses with keys_unavailable while there are none, and accepts tokens once they can be fetched', async () => {
    const issuer = new Issuer()
    issuer.answer('', {}, 500)
    const url = await issuer.start()
    const set = KeySet.remote(url)
    open.push(issuer, set)
    await expect(set.ready()).rejects.toThrow('500')
    const token = signToken(claims, one)
    expect(codeOf(() => verifyToken(token, set))).toBe('keys_unavailable')
    expect(fetchAfter(new TokenError('token_expired', ''))).toBeUndefined()
    issuer.publish([one])
    await sleep(1100)
    await seek(set)
    expect(codeOf(() => verifyToken(token, set))).toBe('accepted')
  })

  it('fetches once for an unknown kid, three times for any number of them, and then once per cooldown', async () => {
    const { issuer, set } = await follow([one], { cooldownSeconds: 1000 })
    await set.ready()
    const flood = Array.from({ length: 50 }, (_, index) => signToken(claims, one, { kid: `unknown ${index}` }))
    for (let round = 0; round < 5; round++) {
      for (const token of flood) {
        const refusal = refusalOf(() => verifyToken(token, set))
        expect(refusal?.code).toBe('token_key_unknown')
        await fetchAfter(refusal)
      }
    }
    expect(issuer.requests).toBe(1 + 3)

    const { issuer: calm, set: again } = await follow([one], { cooldownSeconds: 2 })
    await again.ready()
    for (const token of [flood[0], flood[0], flood[0]] as string[]) {
      await fetchAfter(refusalOf(() => verifyToken(token, again)))
    }
    expect(calm.requests).toBe(1 + 1)
    await sleep(2100)
    await fetchAfter(refusalOf(() => verifyToken(flood[0] as string, again)))
    expect(calm.requests).toBe(1 + 2)
  })

  const restless: [what: string, document: (turn: number) => object[]][] = [
    ['adds a member that differs', (turn) => [{ ...exportJwk(one), turn }]],
    ['alternates between two sets', (turn) => [exportJwk(turn % 2 === 0 ? one : other)]],
    ['has another key under the same name', (turn) => [{ ...exportJwk(turn % 2 === 0 ? one : twin), kid: one.kid }]],
    ['makes a new key', (turn) => [exportJwk(one), exportJwk(generateKey('EdDSA', { kid: `new ${turn}` }))]],
  ]
  it.each(restless)('does not fetch for each made-up token if the issuer %s each time', async (_what, document) => {
    const { issuer, set } = await follow([one], { cooldownSeconds: 1000 })
    await set.ready()
    issuer.handler = (_request, response) => response.end(JSON.stringify({ keys: document(issuer.requests) }))
    for (let i = 0; i < 20; i++) {
      await seek(set)
      await fetchAfter(refusalOf(() => verifyToken(`${signToken(claims, one).slice(0, -8)}AAAAAAAA`, set)))
    }
    // Three for names, three for signatures.
    expect(issuer.requests).toBeLessThanOrEqual(1 + 3 + 3)
  })

  it('finds each new key at once, however soon they follow each other, and a new one under an old name', async () => {
    const { set, issuer } = await follow([one], { cooldownSeconds: 1000 })
    await set.ready()
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'f', 'f']
    for (const key of names.map((kid) => generateKey('ES256', { kid }))) {
      issuer.publish([key])
      const token = signToken(claims, key)
      await fetchAfter(refusalOf(() => verifyToken(token, set)))
      expect(codeOf(() => verifyToken(token, set))).toBe('accepted')
      const nameless = signToken(claims, key, { kid: undefined })
      expect(codeOf(() => verifyToken(nameless, set))).toBe('accepted')
    }
  })

  it('does not rely on a fetch that began before the token arrived', async () => {
    const { issuer, set } = await follow([one], { cooldownSeconds: 1000 })
    await set.ready()
    const held: (() => void)[] = []
    issuer.handler = (_request, response) => {
      held.push(() => response.end(JSON.stringify({ keys: [exportJwk(one)] })))
    }
    const early = seek(set, 'early')
    while (held.length === 0) await sleep(5)
    const late = fetchAfter(refusalOf(() => verifyToken(signToken(claims, other), set)))
    issuer.publish([one, other])
    held[0]?.()
    await Promise.all([early, late])
    expect(codeOf(() => verifyToken(signToken(claims, other), set))).toBe('accepted')
  })

  it('fetches nothing for expired tokens, whatever key they name', async () => {
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

  it('finds a new key, and drops one that is gone, even for tokens that were accepted before', async () => {
    const { issuer, set } = await follow([one])
    await set.ready()
    const [ofOne, ofOther] = [signToken(claims, one), signToken(claims, other)]
    expect(codeOf(() => verifyToken(ofOne, set))).toBe('accepted')
    issuer.publish([other])
    const refusal = refusalOf(() => verifyToken(ofOther, set))
    expect(refusal?.code).toBe('token_key_unknown')
    await fetchAfter(refusal)
    expect(codeOf(() => verifyToken(ofOther, set))).toBe('accepted')
    expect(codeOf(() => verifyToken(ofOne, set))).toBe('token_key_unknown')
  })

  it('treats another key under a known kid as another key', async () => {
    const first = generateKey('ES256', { kid: 'k' })
    const second = generateKey('ES256', { kid: 'k' })
    const { issuer, set } = await follow([first])
    await set.ready()
    const token = signToken(claims, first)
    expect(codeOf(() => verifyToken(token, set))).toBe('accepted')
    issuer.publish([second])
    await seek(set)
    expect(codeOf(() => verifyToken(token, set))).toBe('token_signature_invalid')
  })

  it('sends the entity tag that it received, and keeps keys that did not change', async () => {
    const { issuer, set } = await follow([one], {}, { etag: '"1"' })
    await set.ready()
    let asked: string | undefined
    issuer.handler = (request, response) => {
      asked = request.headers['if-none-match']
      response.writeHead(304, { etag: '"1"' }).end()
    }
    await seek(set)
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
  it.each(faults)('keeps the last good keys if the answer is %s', async (_what, answer) => {
    const { issuer, set } = await follow([one], { timeoutSeconds: 1 })
    await set.ready()
    answer(issuer)
    const start = performance.now()
    await expect(seek(set)).rejects.toThrow()
    expect(performance.now() - start).toBeLessThan(60_000)
    expect(codeOf(() => verifyToken(signToken(claims, one), set))).toBe('accepted')
    // The issuer may have this key by now, so no client is told to log in again.
    const refusal = refusalOf(() => verifyToken(signToken(claims, other), set))
    expect([refusal?.code, refusal?.cause]).toEqual(['keys_unavailable', expect.any(Error)])
  })

  function drip(issuer: Issuer): void {
    issuer.handler = (_request, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    }
  }

  it('uses what it can if some keys are of another kind', async () => {
    const strange = [{ kty: 'XYZ' }, { ...exportJwk(generateKey('RS256')), use: 'enc' }, { kty: 'EC', crv: 'P-256' }]
    const { issuer, set } = await follow([])
    issuer.answer(jwks(...strange, ofOne))
    await seek(set)
    expect(codeOf(() => verifyToken(signToken(claims, one), set))).toBe('accepted')
    expect(set.size).toBe(1)
  })

  it('reads an RSA key that does not state its algorithm only if the algorithm is configured', async () => {
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

  it('says why keys cannot be fetched or used: to onFault, once for each reason, and as the cause of refusals', async () => {
    const rsa = generateKey('RS256', { kid: 'entra' })
    const { alg: _, ...bare } = exportJwk(rsa)
    const faults: Error[] = []
    const issuer = new Issuer()
    issuer.answer(jwks(bare))
    const set = KeySet.remote(await issuer.start(), {
      cooldownSeconds: 0.05,
      timeoutSeconds: 60,
      onFault: (fault) => faults.push(fault as Error),
    })
    open.push(issuer, set)
    await expect(set.ready()).rejects.toThrow()
    const ofRsa = signToken(claims, rsa)
    const causeOf = (token: string) => refusalOf(() => verifyToken(token, set))?.cause as Error | undefined
    expect(causeOf(ofRsa)?.message).toMatch(/"entra".*algorithm: 'RS256'/)
    expect(faults.map(({ message }) => message)).toEqual([expect.stringContaining('entra')])

    issuer.answer(jwks(bare, ofOne, { ...exportJwk(generateKey('RS256')), kid: 'sealed', use: 'enc' }))
    await sleep(1100)
    await set.ready()
    expect([codeOf(() => verifyToken(ofRsa, set)), causeOf(ofRsa)?.message]).toEqual([
      'token_key_unknown',
      expect.stringContaining("algorithm: 'RS256'"),
    ])
    expect(faults).toHaveLength(2)
    expect(faults[1]?.message).toMatch(/entra/)
    expect(faults[1]?.message).not.toMatch(/sealed/)

    issuer.answer('', {}, 500)
    for (let index = 0; index < 3; index++) await seek(set)?.catch(() => {})
    expect(faults.slice(2).map(({ message }) => message)).toEqual([expect.stringContaining('500')])
    expect(codeOf(() => verifyToken(signToken(claims, one), set))).toBe('accepted')
  })

  it('continues if onFault throws, now or later, and warns of it', async () => {
    const heard: string[] = []
    const hear = ({ message }: Error) => heard.push(message)
    process.on('warning', hear)
    for (const thrown of [new Error('no log'), 'no log', Object.create(null)]) {
      const fail = () => {
        throw thrown
      }
      for (const onFault of [fail, async () => fail()]) {
        const issuer = new Issuer()
        issuer.answer('', {}, 500)
        const set = KeySet.remote(await issuer.start(), { onFault })
        open.push(issuer, set)
        await expect(set.ready()).rejects.toThrow('500')
        issuer.publish([one])
        await set.ready()
        expect(codeOf(() => verifyToken(signToken(claims, one), set))).toBe('accepted')
      }
    }
    process.off('warning', hear)
    expect(heard.filter((message) => message === 'no log')).toHaveLength(4)
    expect(heard.filter((message) => message === 'onFault failed')).toHaveLength(2)
  })

  const { use: _use, ...nameless } = ofOne
  const twins: [what: string, keys: object[]][] = [
    ['as it is', [ofOne, ofOne]],
    ['with its members in another order', [ofOne, Object.fromEntries(Object.entries(ofOne).reverse())]],
    ['with a member more', [ofOne, { ...ofOne, x5t: 'abc' }]],
    ['with a member less', [ofOne, nameless]],
    ['once for encryption', [{ ...ofOne, use: 'enc' }, ofOne]],
    ['under another name', [ofOne, { ...ofOne, kid: 'alias' }]],
    ['in both names of its algorithm', [exportJwk(other), { ...exportJwk(other), alg: 'Ed25519' }, ofOne]],
  ]
  it.each(twins)('takes a key that is listed twice, %s', async (_what, keys) => {
    const issuer = new Issuer()
    issuer.answer(jwks(...keys))
    const set = KeySet.remote(await issuer.start())
    open.push(issuer, set)
    await set.ready()
    expect(codeOf(() => verifyToken(signToken(claims, one), set))).toBe('accepted')
  })

  // Only V8 can be asked to collect garbage.
  it.skipIf(runtime === 'Bun')('ends with the set: one that is dropped is fetched no more', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const [ofKept, ofDropped] = [new Issuer(), new Issuer()]
    for (const issuer of [ofKept, ofDropped]) issuer.answer('', {}, 500)
    const url = await ofDropped.start()
    for (let index = 0; index < 10; index++) {
      const dropped = KeySet.remote(url).ready()
      await dropped.catch(() => {})
    }
    const before = ofDropped.requests
    await sleep(0)
    collect()
    const kept = KeySet.remote(await ofKept.start())
    open.push(ofKept, ofDropped, kept)
    await kept.ready().catch(() => {})
    // A set tries again after a second. The last one may not be collected yet.
    await expect.poll(() => ofKept.requests, { timeout: 60_000 }).toBeGreaterThan(1)
    expect(ofDropped.requests - before).toBeLessThanOrEqual(1)
  })

  it('never uses a public key as a secret, and fetches nothing for a token that names another algorithm', async () => {
    const { issuer, set } = await follow([one])
    await set.ready()
    for (const alg of ['none', 'HS256', 'hs256', 'XS1']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: 'elsewhere' })).toString('base64url')
      expect(codeOf(() => verifyToken(`${header}.e30.AAAA`, set))).toBe('token_algorithm_refused')
    }
    await sleep(20)
    expect(issuer.requests).toBe(1)
  })

  it('drops keys that could not be fetched for too long, and finds them again', async () => {
    const { issuer, set } = await follow([one], { maxStaleSeconds: 0.5 })
    const token = signToken(claims, one)
    /** However long that takes. */
    async function until(code: string): Promise<void> {
      while (codeOf(() => verifyToken(token, set)) !== code) {
        await seek(set)?.catch(() => {})
        await sleep(10)
      }
    }
    await until('accepted')
    issuer.answer('', {}, 500)
    await until('keys_unavailable')
    issuer.publish([one])
    await until('accepted')
  })

  it('counts the time that the machine slept, which only the wall clock does', async () => {
    const { issuer, set } = await follow([one])
    await set.ready()
    issuer.answer('', {}, 500)
    const awake = Date.now()
    for (const [hours, code] of [
      [23, 'accepted'],
      [25, 'keys_unavailable'],
    ] as const) {
      const clock = vi.spyOn(Date, 'now').mockReturnValue(awake + hours * 3_600_000)
      const found = codeOf(() => verifyToken(signToken({ ...claims, jti: `${hours}` }, one), set))
      clock.mockRestore()
      expect([hours, found]).toEqual([hours, code])
    }
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

  it('accepts plain HTTP with allowHttp', () => {
    const set = KeySet.remote('http://192.0.2.1/jwks', { allowHttp: true, timeoutSeconds: 0.01 })
    open.push(set)
    expect(set.size).toBe(0)
  })
})
