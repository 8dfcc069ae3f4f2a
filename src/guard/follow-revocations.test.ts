import { describe, expect, it } from 'vitest'
import { generateKey } from '../token/keys/import-key.ts'
import { KeySet } from '../token/keys/key-set.ts'
import { JwtManager } from './jwt-manager.ts'

const keys = new KeySet([generateKey('HS256')])
const good = { url: 'http://127.0.0.1:9/auth/revocations', clientId: 'shop', clientSecret: 's3cret' }

describe('revocations', () => {
  const refused: [what: string, options: object][] = [
    ['an address with a user and a password', { url: 'https://user:pass-word@id.example/auth/revocations' }],
    ['an address with a user alone', { url: 'https://pass-word@id.example/auth/revocations' }],
    ['the same over plain HTTP', { url: 'http://:pass-word@127.0.0.1:9/auth/revocations' }],
    ['an address that cannot be read', { url: 'https://user:pass-word@' }],
    ['plain HTTP from another machine', { url: 'http://id.example/auth/revocations' }],
    ['a file', { url: 'file:///pass-word', allowHttp: true }],
    ['no secret', { clientSecret: undefined }],
    ['an empty secret', { clientSecret: '' }],
    ['an empty id', { clientId: '' }],
    ['a bound of an hour', { maxAgeSeconds: 3600 }],
    ['a bound of less than a second', { maxAgeSeconds: 0.999 }],
    ['a bound of more than five minutes', { maxAgeSeconds: 300.001 }],
    ['a bound that is none', { maxAgeSeconds: Number.NaN }],
  ]
  it.each(refused)('cannot be followed with %s, and no password is repeated', (_what, options) => {
    const make = () => new JwtManager({ keys, revocations: { ...good, ...options } })
    expect(make).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    expect(make).not.toThrow(expect.objectContaining({ message: expect.stringContaining('pass-word') }))
  })

  it.each([1, 300])('are followed within a bound of %s seconds', async (maxAgeSeconds) => {
    const jwt = new JwtManager({ keys, revocations: { ...good, maxAgeSeconds } })
    await jwt.close()
  })
})
