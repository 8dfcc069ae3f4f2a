import { describe, expect, it } from 'vitest'
import { originsFor, relyingPartyOf } from './parts.ts'

type Site = Parameters<typeof relyingPartyOf>[0]

describe('the relying party', () => {
  const rows: [what: string, site: Partial<Site>, id: string, origins: string[]][] = [
    ['of a public URL', { url: 'https://id.example/x' }, 'id.example', ['https://id.example']],
    ['of a port', { url: 'https://id.example:8443' }, 'id.example', ['https://id.example:8443']],
    ['of an issuer', { issuer: 'https://id.example' }, 'id.example', ['https://id.example']],
    ['of both', { url: 'https://id.example', issuer: 'https://other.example' }, 'id.example', ['https://id.example']],
    [
      'of a domain and other origins',
      { url: 'https://id.shop.example', passkeyDomain: 'shop.example', corsOrigins: ['https://shop.example'] },
      'shop.example',
      ['https://id.shop.example', 'https://shop.example'],
    ],
    [
      'of origins that were set',
      { url: 'https://id.example', corsOrigins: ['https://shop.example'], passkeyOrigins: ['https://app.example'] },
      'id.example',
      ['https://app.example'],
    ],
    ['without an address', {}, 'localhost', []],
    ['of an IP address', { url: 'http://127.0.0.1:3000' }, 'localhost', ['http://127.0.0.1:3000']],
    ['of an IPv6 address', { url: 'http://[::1]:3000' }, 'localhost', ['http://[::1]:3000']],
    [
      'of a name that begins like an address',
      { url: 'https://127.0.0.1.example' },
      '127.0.0.1.example',
      ['https://127.0.0.1.example'],
    ],
    ['of an issuer that is no address', { issuer: 'shop' }, 'localhost', []],
    ['of an issuer that has no origin', { issuer: 'urn:example:id' }, 'localhost', []],
    ['of an issuer of another scheme', { issuer: 'app://id.example' }, 'localhost', []],
  ]
  it.each(rows)('%s', (_what, site, id, origins) => {
    expect(relyingPartyOf({ brandName: 'Shop', corsOrigins: [], ...site })).toEqual({ id, name: 'Shop', origins })
  })

  const pages: [origin: string, id: string, isTaken: boolean][] = [
    ['http://localhost:5173', 'localhost', true],
    ['https://localhost', 'localhost', true],
    ['http://localhost.evil.example', 'localhost', false],
    ['http://evil.localhost', 'localhost', false],
    ['http://localhost:5173', 'id.example', false],
    ['null', 'localhost', false],
  ]
  it.each(pages)('has %s as a page of %s: %s', (origin, id, isTaken) => {
    expect(originsFor({ id, name: 'Shop', origins: [] }, origin).includes(origin)).toBe(isTaken)
  })
})
