import { describe, expect, it } from 'vitest'
import { type CookieAttributes, serializeCookie } from '../guard/cookies/cookies.ts'
import { type StoredCookieAttributes, storeCookies } from './store-cookies.ts'

describe('storeCookies', () => {
  const rows: [written: CookieAttributes, stored: StoredCookieAttributes][] = [
    [{ path: '/' }, { path: '/' }],
    [
      { path: '/auth', domain: 'app.example', sameSite: 'Strict', httpOnly: true },
      { path: '/auth', domain: 'app.example', sameSite: 'strict', httpOnly: true },
    ],
    [
      { path: '/', secure: true, sameSite: 'None', partitioned: true, maxAgeSeconds: 60 },
      { path: '/', secure: true, sameSite: 'none', partitioned: true, maxAge: 60, expires: expect.any(Date) },
    ],
    [
      { path: '/', maxAgeSeconds: 0 },
      { path: '/', expires: new Date(0) },
    ],
  ]
  it.each(rows)('sets a cookie with %o', (written, stored) => {
    const calls: unknown[] = []
    storeCookies({ set: (...call) => calls.push(call) }, [serializeCookie('a', 'b.c=~', written)])
    expect(calls).toEqual([['a', 'b.c=~', stored]])
  })
})
