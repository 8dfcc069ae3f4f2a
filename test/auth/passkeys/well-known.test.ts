import { describe, expect, it } from 'vitest'
import type { AuthOptions } from '../../../src/accounts/options.ts'
import { startService } from '../service.ts'

const site = { url: 'https://id.example', corsOrigins: ['https://shop.example'] }
const account = 'https://id.example/me/account'

describe('what browsers and password managers look for', () => {
  const rows: [what: string, options: Partial<AuthOptions>, documents: Record<string, unknown>][] = [
    [
      'with pages',
      { ...site, pages: '/me' },
      {
        webauthn: { origins: ['https://id.example', 'https://shop.example'] },
        'passkey-endpoints': { enroll: `${account}/passkeys/add`, manage: `${account}/passkeys` },
        'change-password': `${account}/password`,
      },
    ],
    [
      'without pages',
      site,
      {
        webauthn: { origins: ['https://id.example', 'https://shop.example'] },
        'passkey-endpoints': 404,
        'change-password': 404,
      },
    ],
    ['without an address', { pages: '/me' }, { webauthn: 404, 'passkey-endpoints': 404, 'change-password': 404 }],
    [
      'with an issuer that is no web address',
      { pages: '/me', issuer: 'urn:example:id' },
      { webauthn: 404, 'passkey-endpoints': 404, 'change-password': 404 },
    ],
  ]
  it.each(rows)('%s, whatever the Host of a request', async (_what, options, documents) => {
    const service = await startService('sqlite::memory:', options)
    const found: Record<string, unknown> = {}
    for (const name of Object.keys(documents)) {
      const headers = { host: 'evil.example' }
      const reply = await service.call('GET', `/.well-known/${name}`, { headers })
      found[name] = reply.status === 200 ? reply.body : (reply.headers.get('location') ?? reply.status)
    }
    expect(found).toEqual(documents)
    await service.auth.close()
  })

  it('is for the domain that was set', async () => {
    const service = await startService('sqlite::memory:', { ...site, passkeyDomain: 'example' })
    const { body } = await service.call('POST', '/auth/login/passkey/options')
    expect(body.options).toMatchObject({ rpId: 'example', allowCredentials: [], userVerification: 'required' })
    await service.auth.close()
  })
})
