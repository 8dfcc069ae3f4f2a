import { describe, expect, it } from 'vitest'
import { JwtManager } from '../jwt-manager.ts'
import type { Authenticated } from '../options/guard-options.ts'
import type { JwtManagerOptions } from '../options/options.ts'
import { renewedCookies } from './renewal.ts'

describe('a token that is about to end', () => {
  it.each([
    ['is renewed', false, 2],
    ['is not renewed if the source has its revocation, which the copy does not have yet', true, 0],
  ])('%s', async (_what, isRevokedAtSource, cookies) => {
    const jwt = new JwtManager({
      secret: 'n0t-a-r3al-secret-but-long-enough-to-be-one',
      tokenLocation: ['cookies'],
      cookieSecure: false,
      renewCookiesWithinSeconds: 3600,
      isRevoked: async (_claims, _header, { strict }) => strict && isRevokedAtSource,
    })
    const who = { ...jwt.verify(jwt.createAccessToken('alice')), location: 'cookies' } as Authenticated<unknown>
    expect(await renewedCookies(jwt, who, [])).toHaveLength(cookies)
  })

  const thrown: [what: string, value: unknown][] = [
    ['an error', new Error('no database')],
    ['an object without a prototype', Object.create(null)],
    ['an object that is no text', { toString: null }],
    ['a symbol', Symbol('no database')],
    ['nothing', undefined],
    ['null', null],
  ]
  it.each(thrown)('is not renewed, and nothing fails, if callbacks throw %s', async (_what, value) => {
    const fail = () => {
      throw value
    }
    const failLater = async () => fail()
    for (const renewToken of [fail, failLater]) {
      for (const onFault of [undefined, fail, failLater]) {
        const jwt = new JwtManager({
          secret: 'n0t-a-r3al-secret-but-long-enough-to-be-one',
          tokenLocation: ['cookies'],
          renewCookiesWithinSeconds: 3600,
          renewToken,
          ...(onFault !== undefined && { onFault }),
        })
        const who = { ...jwt.verify(jwt.createAccessToken('alice')), location: 'cookies' } as Authenticated<unknown>
        expect(await renewedCookies(jwt, who, [])).toEqual([])
      }
    }
  })

  const now = 1_795_434_203
  it.each([
    ['long before its end', 3600, undefined, 0, 0],
    ['a second too early', 3600, undefined, 3300, 0],
    ['shortly before its end', 3600, undefined, 3301, 2],
    ['shortly before the greatest age, its end far away', 3600, 900, 601, 2],
    ['a second earlier', 3600, 900, 600, 0],
    ['shortly before its end, the greatest age far away', 900, 3600, 601, 2],
    ['shortly before the greatest age, without an end', false, 900, 601, 2],
    ['without an end and an age', false, undefined, 100_000, 0],
  ] as const)('%s', async (_what, expiresInSeconds, maxTokenAgeSeconds, age, cookies) => {
    const clock = { time: now }
    const jwt = new JwtManager({
      secret: 'n0t-a-r3al-secret-but-long-enough-to-be-one',
      tokenLocation: ['cookies'],
      requireExp: false,
      renewCookiesWithinSeconds: 300,
      maxTokenAgeSeconds,
      clock: () => clock.time,
    } as JwtManagerOptions)
    const token = jwt.createAccessToken('alice', { expiresInSeconds })
    clock.time += age
    const who = { ...jwt.verify(token), location: 'cookies' } as Authenticated<unknown>
    const renewed = await renewedCookies(jwt, who, [])
    expect(renewed).toHaveLength(cookies)
    const [, successor] = /=([^;]+)/.exec(renewed[0] ?? '') ?? []
    // Its age is its own, not that of the previous token.
    clock.time += 600
    if (successor !== undefined) expect(jwt.verify(successor).claims.iat).toBe(now + age)
  })
})
