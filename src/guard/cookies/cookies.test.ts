import { describe, expect, it } from 'vitest'
import { type CookieAttributes, readCookie, serializeCookie } from './cookies.ts'

describe('serializeCookie', () => {
  const written: [attributes: CookieAttributes, line: string][] = [
    [{ path: '/' }, 'a=b; Path=/'],
    [{ path: '/', httpOnly: true, secure: true, sameSite: 'Lax' }, 'a=b; Secure; HttpOnly; Path=/; SameSite=Lax'],
    [{ path: '/x', domain: 'example.com' }, 'a=b; Domain=example.com; Path=/x'],
    [
      { path: '/', secure: true, sameSite: 'None', partitioned: true },
      'a=b; Secure; Path=/; SameSite=None; Partitioned',
    ],
    [{ path: '/', maxAgeSeconds: 0 }, 'a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/'],
  ]
  it.each(written)('writes %j as %s', (attributes, line) => {
    expect(serializeCookie('a', 'b', attributes)).toBe(line)
  })

  it('writes when a cookie ends, twice, as old browsers want it', () => {
    expect(serializeCookie('a', 'b', { path: '/', maxAgeSeconds: 60 })).toMatch(/; Expires=\w{3}, .* GMT; Max-Age=60; /)
  })

  const refused: [why: string, name: string, value: string, attributes: object][] = [
    ['a name with a semicolon', 'a;b', 'c', {}],
    ['a name with a line break', 'a\r\nSet-Cookie: x', 'c', {}],
    ['an empty name', '', 'c', {}],
    ['a value with a semicolon', 'a', 'b; Domain=evil.example', {}],
    ['a value with a line break', 'a', 'b\r\nX: y', {}],
    ['a value with a blank', 'a', 'b c', {}],
    ['a path with a semicolon', 'a', 'b', { path: '/; Domain=evil.example' }],
    ['a path without a slash', 'a', 'b', { path: 'x' }],
    ['a domain with a semicolon', 'a', 'b', { domain: 'x; Secure' }],
    ['an empty domain', 'a', 'b', { domain: '' }],
    ['SameSite in other words', 'a', 'b', { sameSite: 'lax; Secure' }],
    ['SameSite None without Secure', 'a', 'b', { sameSite: 'None' }],
    ['Partitioned without Secure', 'a', 'b', { partitioned: true }],
    ['half a second', 'a', 'b', { maxAgeSeconds: 0.5 }],
    ['a negative age', 'a', 'b', { maxAgeSeconds: -1 }],
    ['__Host- without Secure', '__Host-a', 'b', {}],
    ['__Host- with a domain', '__Host-a', 'b', { secure: true, domain: 'example.com' }],
    ['__Host- with a path', '__Host-a', 'b', { secure: true, path: '/x' }],
    ['__HOST-, as browsers read it', '__HOST-a', 'b', {}],
    ['__Secure- without Secure', '__Secure-a', 'b', {}],
  ]
  it.each(refused)('refuses %s', (_why, name, value, attributes) => {
    expect(() => serializeCookie(name, value, { path: '/', ...attributes })).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    )
  })
})

describe('readCookie', () => {
  const table: [header: string | undefined, value: string | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['a=1', '1'],
    ['b=2; a=1', '1'],
    ['a=1; a=2', '1'],
    ['aa=2;a=1', '1'],
    [' a = 1 ', '1'],
    ['a="1"', '1'],
    ['a="', '"'],
    ['a=', ''],
    ['a', undefined],
    ['A=1', undefined],
    ['x=a=1', undefined],
    ['a=b=c', 'b=c'],
    [';;;a=1', '1'],
  ]
  it.each(table)('reads a in %j as %j', (header, value) => {
    expect(readCookie(header, 'a')).toBe(value)
  })
})
