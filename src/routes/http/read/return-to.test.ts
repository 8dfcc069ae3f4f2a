import { describe, expect, it } from 'vitest'
import { readReturnTo } from './return-to.ts'

const origins = ['https://app.example', 'http://localhost:5173', 'https://[2001:db8::1]']

describe('readReturnTo', () => {
  it.each([
    ['https://app.example', 'https://app.example/'],
    ['https://app.example/', 'https://app.example/'],
    ['https://app.example/cart?item=7#total', 'https://app.example/cart?item=7#total'],
    ['HTTPS://APP.EXAMPLE/x', 'https://app.example/x'],
    ['https://app.example:443/x', 'https://app.example/x'],
    ['http://localhost:5173/x', 'http://localhost:5173/x'],
    ['https://[2001:db8::1]/', 'https://[2001:db8::1]/'],
    ['https://app.example/?next=//evil.example', 'https://app.example/?next=//evil.example'],
    ['https://app.example/a@b', 'https://app.example/a@b'],
  ])('leads to %s', (text, url) => {
    expect(readReturnTo(text, origins)).toBe(url)
  })

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['a path', '/account'],
    ['no scheme', '//evil.example'],
    ['no scheme, of a listed host', '//app.example'],
    ['a slash and a backslash', '/\\evil.example'],
    ['two backslashes', '\\\\evil.example'],
    ['a scheme without slashes', 'https:evil.example'],
    ['the same, of a listed host', 'https:app.example'],
    ['one slash', 'https:/app.example'],
    ['three slashes', 'https:///app.example'],
    ['backslashes instead of slashes', 'https:\\\\app.example'],
    ['a backslash before the path', 'https://app.example\\@evil.example'],
    ['a user', 'https://app.example@evil.example/'],
    ['a user of a listed host', 'https://me@app.example/'],
    ['a user and a password', 'https://app.example:443@evil.example/'],
    ['an empty user', 'https://@app.example/'],
    ['a tab', 'https://app.exa\tmple/'],
    ['a tab between the slashes', '/\t/evil.example'],
    ['a newline', 'https://app.example/\n'],
    ['a carriage return', 'https://app.example/\r\nset-cookie: a=b'],
    ['a leading space', ' https://app.example/'],
    ['a NUL', 'https://app.example\0.evil.example/'],
    ['an ideographic full stop', 'https://app。example/'],
    ['a fullwidth full stop', 'https://app．example/'],
    ['a halfwidth full stop', 'https://evil｡example/'],
    ['a fullwidth letter', 'https://ａpp.example/'],
    ['a soft hyphen', 'https://app\u00ad.example/'],
    ['a mark that turns text around', 'https://app.example/\u202e'],
    ['javascript:', 'javascript:alert(1)'],
    ['javascript: that looks like an address', 'javascript://app.example/%0aalert(1)'],
    ['data:', 'data:text/html,<script>alert(1)</script>'],
    ['blob:', 'blob:https://app.example/1'],
    ['another port', 'https://app.example:8443/'],
    ['a port that looks alike', 'https://app.example:4433/'],
    ['no port, but one is listed', 'http://localhost/'],
    ['http, but https is listed', 'http://app.example/'],
    ['a longer host', 'https://app.example.evil.example/'],
    ['a host that ends alike', 'https://evilapp.example/'],
    ['a subdomain', 'https://x.app.example/'],
    ['a dot at the end', 'https://app.example./'],
    ['an encoded dot', 'https://app%2eexample.evil.example/'],
    ['an encoded slash', 'https://evil.example%2f@app.example'],
    ['a scheme that is not a web scheme', 'ftp://app.example/'],
    ['two addresses', 'https://evil.example/https://app.example'],
  ])('leads nowhere with %s', (_what, text) => {
    expect(readReturnTo(text, origins)).toBeUndefined()
  })

  it('leads nowhere if no origin is listed, or the opaque one is', () => {
    expect(readReturnTo('https://app.example/', [])).toBeUndefined()
    expect(readReturnTo('data:,x', ['null'])).toBeUndefined()
  })
})
