import { describe, expect, it } from 'vitest'
import type { ConfigurationError } from '../../errors.ts'
import { generateKey } from '../../token/keys/import-key.ts'
import { KeySet } from '../../token/keys/key-set.ts'
import { JwtManager } from '../jwt-manager.ts'

const keys = new KeySet([generateKey('HS256')])

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
