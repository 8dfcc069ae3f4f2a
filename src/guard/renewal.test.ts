import { describe, expect, it } from 'vitest'
import type { Authenticated } from './authenticate.ts'
import { JwtManager } from './jwt-manager.ts'
import { renewedCookies } from './renewal.ts'

describe('a token that is about to end', () => {
  it.each([
    ['is renewed', false, 2],
    ['is not where it was revoked, as the source says and the copy does not yet', true, 0],
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
})
