import { setTimeout as sleep } from 'node:timers/promises'
import { generateKey, JwtManager, type Key, KeySet, signToken } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Issuer } from '../issuer.ts'

const names = ['https://one.example', 'https://two.example', 'https://three.example'] as const
type Name = (typeof names)[number]
const [one, two, three] = names

/** An issuer that can change its key and go down. */
class RotatingIssuer extends Issuer {
  readonly keys: Key[] = []
  readonly #name: Name

  constructor(name: Name) {
    super()
    this.#name = name
  }

  /** Signs with a new key from now on, and still publishes the previous ones. */
  rotate(): void {
    this.keys.push(generateKey('ES256'))
    this.publish(this.keys)
  }

  token(key: Key | undefined = this.keys.at(-1)): string {
    const claims = { iss: this.#name, sub: 'alice', aud: 'api', jti: crypto.randomUUID(), exp: 4_000_000_000 }
    return signToken(claims, key as Key, { typ: 'at+jwt' })
  }
}

describe('a service that accepts the tokens of several issuers', () => {
  let issuers: Record<Name, RotatingIssuer>
  let sets: Map<string | undefined, KeySet>
  let jwt: JwtManager
  let app: Hono
  const all = () => Object.values(issuers)

  beforeEach(async () => {
    issuers = Object.fromEntries(names.map((name) => [name, new RotatingIssuer(name)])) as typeof issuers
    const urls = await Promise.all(all().map((issuer) => issuer.start()))
    for (const issuer of all()) issuer.rotate()
    sets = new Map()
    jwt = new JwtManager({
      keys: new KeySet(),
      decodeIssuer: names,
      audience: 'api',
      // Created at the first use, as by an application that reads its issuers from a table.
      verifyingKeyFor: ({ iss }) => {
        const url = urls[names.indexOf(iss as Name)]
        if (url === undefined) return undefined
        const set = sets.get(iss) ?? KeySet.remote(url)
        sets.set(iss, set)
        return set
      },
    })
    app = new Hono()
    app.get('/', jwtRequired(jwt), (c) => c.json({ user: c.var.jwt.identity }))
  })
  afterEach(async () => {
    await jwt.close()
    for (const issuer of all()) issuer.stop()
  })

  async function ask(token: string): Promise<string> {
    const response = await app.request('/', { headers: { authorization: `Bearer ${token}` } })
    const { code = '' } = (await response.json()) as { code?: string }
    return `${response.status} ${code}`.trim()
  }

  /** Sends twenty concurrent requests with tokens of each issuer. */
  async function askAll(of: readonly RotatingIssuer[] = all()): Promise<string[]> {
    const tokens = of.flatMap((issuer) => Array.from({ length: 20 }, () => issuer.token()))
    return [...new Set(await Promise.all(tokens.map(ask)))]
  }

  it('accepts them from the first request on, however late the keys arrive', async () => {
    for (const issuer of all()) {
      const { handler } = issuer
      issuer.handler = (request, response) => void setTimeout(() => handler(request, response), 100)
    }
    expect(await askAll()).toEqual(['200'])
    expect(all().map(({ requests }) => requests)).toEqual([1, 1, 1])
    expect(await ask(new RotatingIssuer('https://four.example' as Name).token(generateKey('ES256')))).toBe(
      '401 token_key_unknown',
    )
  })

  it('accepts them through rotations in quick succession, including those of old keys', async () => {
    const old = all().map((issuer) => issuer.token())
    expect(await askAll()).toEqual(['200'])
    for (let rotation = 0; rotation < 5; rotation++) {
      for (const issuer of all()) issuer.rotate()
      expect(await askAll()).toEqual(['200'])
    }
    expect(await Promise.all(old.map(ask))).toEqual(['200', '200', '200'])
    issuers[one].publish(issuers[one].keys.slice(1))
    expect(await ask(issuers[one].token(generateKey('ES256')))).toBe('401 token_key_unknown')
    expect(await ask(old[0] as string)).toBe('401 token_key_unknown')
  })

  it('continues if one is down: with its old keys, with 503 for new ones, and with all others as before', async () => {
    expect(await askAll()).toEqual(['200'])
    const hung: (() => void)[] = []
    issuers[two].handler = (request) => hung.push(() => request.socket.destroy())
    issuers[one].rotate()
    expect(await askAll([issuers[one], issuers[two]])).toEqual(['200'])

    const unknown = ask(issuers[two].token(generateKey('ES256')))
    while (hung.length === 0) await sleep(5)
    issuers[three].rotate()
    expect(await Promise.race([unknown, askAll([issuers[one], issuers[three]])])).toEqual(['200'])
    for (const hangUp of hung) hangUp()
    expect(await unknown).toBe('503 keys_unavailable')
    expect(await askAll()).toEqual(['200'])

    issuers[two].rotate()
    await sleep(1100)
    expect(await askAll()).toEqual(['200'])
  })

  it('is ready if one is down, but not if all are; closes all', async () => {
    issuers[two].answer('', {}, 500)
    await jwt.ready()
    for (const name of [one, three]) expect(jwt.verify(issuers[name].token()).identity).toBe('alice')
    expect(await ask(issuers[two].token())).toBe('503 keys_unavailable')
    expect(await askAll([issuers[one], issuers[three]])).toEqual(['200'])
    await jwt.close()
    const before = issuers[two].requests
    await sleep(1200)
    expect(issuers[two].requests).toBe(before)

    sets.clear()
    for (const issuer of all()) issuer.answer('', {}, 500)
    const { verifyingKeyFor } = jwt.callbacks
    const alone = new JwtManager({
      keys: new KeySet(),
      decodeIssuer: names,
      ...(verifyingKeyFor !== undefined && { verifyingKeyFor }),
    })
    await expect(alone.ready()).rejects.toThrow('500')
    await alone.close()
  })

  it('is ready even if the callback needs a whole token, or returns a promise', async () => {
    const strict = new JwtManager({
      keys: new KeySet(),
      decodeIssuer: names,
      verifyingKeyFor: (claims, header) => {
        if (header.kid === undefined) throw new Error('no kid')
        return jwt.callbacks.verifyingKeyFor?.(claims, header)
      },
    })
    await expect(strict.ready()).resolves.toBeUndefined()
    await strict.close()
    const late = new JwtManager({
      keys: new KeySet(),
      decodeIssuer: one,
      verifyingKeyFor: (async () => new KeySet()) as never,
    })
    await expect(late.ready()).resolves.toBeUndefined()
    expect(() => late.verify(issuers[one].token())).toThrow(
      expect.objectContaining({ code: 'token_key_unknown', cause: expect.any(TypeError) }),
    )
  })
})
