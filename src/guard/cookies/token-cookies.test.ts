import { describe, expect, it } from 'vitest'
import { generateKey } from '../../token/keys/import-key.ts'
import { KeySet } from '../../token/keys/key-set.ts'
import { resolveSettings } from '../options/settings.ts'
import { type CookieContent, type CookieOptions, checkRenewable, tokenCookies } from './token-cookies.ts'

const now = 1_795_434_203.75
const keys = new KeySet([generateKey('HS256')])
const settle = (options: object) => resolveSettings({ keys, clock: () => now, tokenLocation: 'cookies', ...options })
const exp = Math.floor(now) + 900

function written(options: object, content: CookieContent, asked: CookieOptions = {}): string[] {
  return tokenCookies('access', content, settle(options), asked)
}

describe('the cookies of a token', () => {
  const content = { token: 't', claims: { csrf: 'c', exp } }

  it('are that of the token, which no script reads, and that of its CSRF value', () => {
    expect(written({}, content)).toEqual([
      '__Host-access_token=t; Secure; HttpOnly; Path=/; SameSite=Lax',
      '__Host-csrf_access_token=c; Secure; Path=/; SameSite=Lax',
    ])
    expect(tokenCookies('refresh', content, settle({}), {}).map((cookie) => cookie.split('=')[0])).toEqual([
      '__Host-refresh_token',
      '__Host-csrf_refresh_token',
    ])
  })

  it('are taken back by the same names, empty and long over', () => {
    expect(written({ cookieDomain: 'app.example' }, null)).toEqual([
      '__Secure-access_token=; Domain=app.example; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; Path=/; SameSite=Lax',
      '__Secure-csrf_access_token=; Domain=app.example; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; Path=/; SameSite=Lax',
    ])
  })

  it.each([{ csrfInCookies: false }, { cookieCsrfProtect: false }])('are one with %j', (options) => {
    expect(written(options, content)).toHaveLength(1)
    expect(written(options, null)).toHaveLength(1)
    expect(written(options, { token: 't', claims: { exp } })).toHaveLength(1)
  })

  it.each([undefined, null, 5])('are none for a token whose CSRF value is %j', (csrf) => {
    expect(() => written({}, { token: 't', claims: { csrf, exp } })).toThrow(
      expect.objectContaining({ code: 'token_claim_missing' }),
    )
  })

  it('are at most as long as every browser takes', () => {
    const room = 4096 - '__Host-access_token'.length
    const ofLength = (length: number) => () => written({}, { token: 't'.repeat(length), claims: { csrf: 'c' } })
    expect(ofLength(room)()).toHaveLength(2)
    expect(ofLength(room + 1)).toThrow(expect.objectContaining({ code: 'token_too_long' }))
  })

  const lives: [what: string, options: object, claims: object, asked: CookieOptions, seconds: number | undefined][] = [
    ['that of the browser’s session', {}, {}, {}, undefined],
    ['that of the token', { sessionCookie: false }, {}, {}, 899],
    ['none, of a token that has ended', { sessionCookie: false }, { exp: 1 }, {}, 0],
    [
      'that of the browser’s session, for an immortal token',
      { sessionCookie: false },
      { exp: undefined },
      {},
      undefined,
    ],
    ['what is configured', { sessionCookie: false, persistentCookieSeconds: 7 }, {}, {}, 7],
    ['what is given', { sessionCookie: false, persistentCookieSeconds: 7 }, {}, { maxAgeSeconds: 5 }, 5],
    ['none, where that is given', {}, {}, { maxAgeSeconds: 0 }, 0],
    [
      'that of the browser’s session, where the token says so',
      { sessionCookie: false },
      { remember: false },
      {},
      undefined,
    ],
    ['that of the token, where it says so', { sessionCookie: false }, { remember: true }, {}, 899],
  ]
  it.each(lives)('live for %s', (_what, options, claims, asked, seconds) => {
    for (const cookie of written(options, { token: 't', claims: { ...content.claims, ...claims } }, asked)) {
      const [, maxAge] = /; Max-Age=(\d+);/.exec(cookie) ?? []
      const found = cookie.includes('01 Jan 1970') ? 0 : maxAge === undefined ? undefined : Number(maxAge)
      expect(found).toBe(seconds)
      expect(cookie.includes('Expires=')).toBe(seconds !== undefined)
    }
  })

  it.each([
    [{ cookieDomain: 'a.example' }, {}, 'a.example'],
    [{ cookieDomain: 'a.example' }, { domain: 'b.example' }, 'b.example'],
    [{}, {}, undefined],
  ])('with %j and %j are for the domain %s', (options, asked, domain) => {
    for (const cookie of written(options, content, asked)) expect(/; Domain=([^;]+)/.exec(cookie)?.[1]).toBe(domain)
  })
})

describe('a cookie that is renewed', () => {
  const table: [options: object, asked: CookieOptions, isRenewable: boolean][] = [
    [{}, { domain: 'b.example', maxAgeSeconds: 5 }, true],
    [{ renewCookiesWithinSeconds: 60 }, {}, true],
    [{ renewCookiesWithinSeconds: 60 }, { maxAgeSeconds: 0 }, true],
    [{ renewCookiesWithinSeconds: 60 }, { maxAgeSeconds: 1 }, false],
    [{ renewCookiesWithinSeconds: 60 }, { domain: 'b.example' }, false],
    [{ renewCookiesWithinSeconds: 60, cookieDomain: 'b.example' }, {}, true],
    [{ renewCookiesWithinSeconds: 60, cookieDomain: 'b.example' }, { domain: 'b.example' }, true],
    [{ renewCookiesWithinSeconds: 60, cookieDomain: 'b.example' }, { domain: 'a.example' }, false],
  ]
  it.each(table)('with %j may be set with %j: %s', (options, asked, isRenewable) => {
    const check = () => checkRenewable(asked, settle(options))
    if (isRenewable) expect(check).not.toThrow()
    else expect(check).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })
})
