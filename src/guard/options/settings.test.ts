import { describe, expect, it } from 'vitest'
import type { ConfigurationError } from '../../errors.ts'
import { generateKey, importKey } from '../../token/keys/import-key.ts'
import { KeySet } from '../../token/keys/key-set.ts'
import { JwtManager } from '../jwt-manager.ts'

const keys = new KeySet([generateKey('HS256')])
const verifying = new KeySet([importKey({ publicKey: generateKey('ES256').verifyingKey })])

function mistakesOf(options: object): string {
  try {
    new JwtManager({ keys, ...options })
    return ''
  } catch (error) {
    expect((error as ConfigurationError).code).toBe('option_invalid')
    return (error as Error).message
  }
}

describe('the options of a manager', () => {
  const wrong: [options: object, named: string][] = [
    [{ acessTokenSeconds: 5 }, 'acessTokenSeconds'],
    [{ lenientClaims: true }, 'lenientClaims'],
    [{ constructor: 1 }, 'constructor'],
    [{ preset: 'django' }, 'preset'],
    [{ preset: 'constructor' }, 'preset'],
    [{ accessTokenSeconds: 0 }, 'accessTokenSeconds'],
    [{ accessTokenSeconds: -1 }, 'accessTokenSeconds'],
    [{ accessTokenSeconds: '900' }, 'accessTokenSeconds'],
    [{ accessTokenSeconds: true }, 'accessTokenSeconds'],
    [{ accessTokenSeconds: Number.NaN }, 'accessTokenSeconds'],
    [{ refreshTokenSeconds: 1.5 }, 'refreshTokenSeconds'],
    [{ accessTokenSeconds: 1e13 }, 'accessTokenSeconds'],
    [{ decodeAudience: [] }, 'decodeAudience'],
    [{ decodeIssuer: [] }, 'decodeIssuer'],
    [{ refreshTokenSeconds: Number.POSITIVE_INFINITY }, 'refreshTokenSeconds'],
    [{ leewaySeconds: Number.NaN }, 'leewaySeconds'],
    [{ leewaySeconds: 601 }, 'leewaySeconds'],
    [{ leewaySeconds: '5' }, 'leewaySeconds'],
    [{ accessTokenSeconds: 100 * 366 * 86_400 + 1 }, 'accessTokenSeconds'],
    [{ revocationTimeoutSeconds: 601 }, 'revocationTimeoutSeconds'],
    [{ revocations: { url: 'http://127.0.0.1:9/', clientId: 'shop' } }, 'revocations'],
    [{ revocations: { url: 'http://127.0.0.1:9/', clientSecret: 's3cret' } }, 'revocations'],
    [{ revocations: 'http://127.0.0.1:9/' }, 'revocations'],
    [{ identityClaim: '' }, 'identityClaim'],
    [{ identityClaim: 5 }, 'identityClaim'],
    [{ identityClaim: 'jti' }, 'identityClaim'],
    [{ identityClaim: 'iss' }, 'identityClaim'],
    [{ errorMessageKey: '' }, 'errorMessageKey'],
    [{ errorMessageKey: 'code' }, 'errorMessageKey'],
    [{ headerName: 5 }, 'headerName'],
    [{ headerType: 'Bearer Token' }, 'headerType'],
    [{ csrfMethods: ['POST', 'put'] }, 'csrfMethods'],
    [{ csrfMethods: ['xPOST'] }, 'csrfMethods'],
    [{ csrfMethods: ['POSTx'] }, 'csrfMethods'],
    [{ csrfMethods: [''] }, 'csrfMethods'],
    [{ renewCookiesWithinSeconds: 5, keys: verifying }, 'renewCookiesWithinSeconds'],
    [{ revocationTimeoutSeconds: 0 }, 'revocationTimeoutSeconds'],
    [{ renewCookiesWithinSeconds: -5 }, 'renewCookiesWithinSeconds'],
    [{ renewCookiesWithinSeconds: 5, signingKeyFor: () => generateKey('HS256') }, 'renewCookiesWithinSeconds'],
    [{ tokenLocation: [] }, 'tokenLocation'],
    [{ tokenLocation: 'body' }, 'tokenLocation'],
    [{ tokenLocation: new Set(['headers']) }, 'tokenLocation'],
    [{ headerName: '' }, 'headerName'],
    [{ headerName: 'X Y' }, 'headerName'],
    [{ headerType: 'Bearer ' }, 'headerType'],
    [{ issuer: 5 }, 'issuer'],
    [{ audience: ['a', 5] }, 'audience'],
    [{ isRevoked: true }, 'isRevoked'],
    [{ clock: 5 }, 'clock'],
    [{ requireExp: 'no' }, 'requireExp'],
    [{ cookieSecure: 1 }, 'cookieSecure'],
    [{ cookieDomain: '' }, 'domain'],
    [{ cookieDomain: 'a;b' }, 'domain'],
    [{ accessCookiePath: 'x' }, 'path'],
    [{ accessCookieName: '__Host-x', cookieSecure: false }, '__Host-'],
    [{ cookieSameSite: 'none' }, 'cookieSameSite'],
    [{ cookieSameSite: 'None', cookieSecure: false }, 'cookieSameSite'],
    [{ csrfMethods: 'POST' }, 'csrfMethods'],
    [{ trustedOrigins: ['https://app.example/'] }, 'trustedOrigins'],
    [{ trustedOrigins: ['*'] }, 'trustedOrigins'],
    [{ trustedOrigins: ['null'] }, 'trustedOrigins'],
    [{ trustedOrigins: ['https://*.app.example'] }, 'wildcard'],
    [{ trustedOrigins: 'https://app.example' }, 'trustedOrigins'],
    [{ requiredClaims: 'tenant' }, 'requiredClaims'],
    [{ requiredClaims: [''] }, 'requiredClaims'],
    [{ maxTokenAgeSeconds: 0 }, 'maxTokenAgeSeconds'],
    [{ maxTokenAgeSeconds: '1h' }, 'maxTokenAgeSeconds'],
    [{ errorMessageKey: 5 }, 'errorMessageKey'],
    [{ secret: 'a secret of more than thirty-two bytes' }, 'secret'],
    [{ keys: [] }, 'keys'],
  ]
  it.each(wrong)('%j are refused, naming %s', (options, named) => {
    expect(mistakesOf(options)).toContain(named)
  })

  const right: object[] = [
    { accessTokenSeconds: 100 * 366 * 86_400, refreshTokenSeconds: 1 },
    { accessTokenSeconds: false },
    { revocationTimeoutSeconds: 600 },
    { headerType: '' },
    { headerType: 'X+JWT' },
    { csrfMethods: [] },
    { csrfMethods: ['VERSION-CONTROL'] },
    { renewCookiesWithinSeconds: 5, keys: verifying, renewToken: () => undefined },
    { renewCookiesWithinSeconds: 5, keys: verifying, verifyingKeyFor: () => undefined },
  ]
  it.each(right)('may be %j', (options) => {
    expect(mistakesOf(options)).toBe('')
  })

  it('say each party for itself, or for both directions', () => {
    const settingsOf = (options: object) => new JwtManager({ keys, ...options }).settings
    const both = { issuer: 'both', audience: 'both' }
    expect(settingsOf(both)).toMatchObject({ encodeIssuer: 'both', decodeIssuer: 'both' })
    expect(settingsOf(both)).toMatchObject({ encodeAudience: 'both', decodeAudience: 'both' })
    const each = { encodeIssuer: 'a', decodeIssuer: ['b'], encodeAudience: 'c', decodeAudience: ['d'] }
    expect(settingsOf({ ...both, ...each })).toMatchObject(each)
  })

  it('tolerate another clock where another server signs', () => {
    const remote = KeySet.remote('https://id.example/jwks.json')
    remote.close()
    const cases: [options: object, leewaySeconds: number][] = [
      [{ keys }, 0],
      [{ keys: new KeySet() }, 0],
      [{ keys: remote }, 5],
      [{ keys: verifying }, 5],
      [{ keys: new KeySet(), verifyingKeyFor: () => remote }, 5],
      [{ keys: remote, leewaySeconds: undefined }, 5],
      [{ keys: remote, leewaySeconds: 0 }, 0],
    ]
    const leeway = ([options]: [object, number]) => new JwtManager(options as { keys: KeySet }).settings.leewaySeconds
    expect(cases.map(leeway)).toEqual(cases.map(([, leewaySeconds]) => leewaySeconds))
  })

  it('are refused together, each mistake named', () => {
    const message = mistakesOf({
      accessTokenSeconds: 0,
      headerName: '',
      leewaySeconds: -1,
      tokenLocation: 'x',
      colour: 1,
    })
    for (const name of ['accessTokenSeconds', 'headerName', 'leewaySeconds', 'tokenLocation', 'colour']) {
      expect(message).toContain(name)
    }
  })

  it('leave no secret in the manager that prints itself', async () => {
    const { inspect } = await import('node:util')
    const jwt = new JwtManager({ secret: 'a secret of more than thirty-two bytes' })
    expect(inspect(jwt, { depth: 9 })).not.toContain('thirty-two')
    expect(JSON.stringify(jwt)).not.toContain('thirty-two')
    expect(Object.isFrozen(jwt.settings)).toBe(true)
  })

  const names: [options: object, name: string][] = [
    [{}, '__Host-access_token'],
    [{ accessCookiePath: '/api' }, '__Secure-access_token'],
    [{ cookieDomain: 'example.com' }, '__Secure-access_token'],
    [{ cookieSecure: false }, 'access_token'],
    [{ accessCookieName: 'mine' }, 'mine'],
    [{ preset: 'flask' }, 'access_token_cookie'],
    [{ preset: 'flask', cookieSecure: true }, 'access_token_cookie'],
  ]
  it.each(names)('%j name the access cookie %s', (options, name) => {
    expect(new JwtManager({ keys, ...options }).settings.accessCookieName).toBe(name)
  })
})
