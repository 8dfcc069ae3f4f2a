import { generateKeyPairSync } from 'node:crypto'
import type { AuthOptions } from 'hallpass/auth'
import { describe, expect, it } from 'vitest'
import { settle } from '../../../src/accounts/options.ts'
import type { ConfigurationError } from '../../../src/errors.ts'
import { secret } from '../service.ts'

const pemOf = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const apple = { clientId: 'app', keyId: 'K', teamId: 'T' } as const
const known = { clientId: 'app', clientSecret: 'not to be repeated' } as const
const at = (address: string) => ({
  authorizationUrl: `${address}/authorize`,
  tokenUrl: `${address}/token`,
  userUrl: `${address}/user`,
})

function problemOf(providers: object, more: object = {}): string | undefined {
  const options = { database: 'sqlite:app.db', secret, url: 'https://id.example', providers, ...more } as AuthOptions
  try {
    settle(options)
    return undefined
  } catch (error) {
    return `${(error as ConfigurationError).code} ${(error as Error).message}`
  }
}

describe('a provider with which no sign-in would work is refused at the start', () => {
  const refused: [what: string, providers: object, problem: string][] = [
    ['a name with a blank', { 'my google': known }, 'my google: must have 1 to 32'],
    ['a name with a slash', { 'a/b': { ...known, preset: 'google' } }, 'a/b: must have 1 to 32'],
    ['a name in capitals', { Google: { ...known, preset: 'google' } }, 'Google: must have 1 to 32'],
    ['the name of an endpoint', { outcome: { ...known, preset: 'google' } }, 'outcome: is a name'],
    ['no preset', { work: known }, 'work: needs a preset'],
    ['OpenID without an issuer', { openid: known }, 'openid: needs issuer'],
    ['an issuer that is http', { openid: { ...known, issuer: 'http://work.example' } }, 'openid.issuer: must be'],
    ['an issuer that is no address', { openid: { ...known, issuer: 'work' } }, 'openid.issuer: must be'],
    [
      'an issuer with a query',
      { openid: { ...known, issuer: 'https://work.example/?a=b' } },
      'openid: needs an issuer',
    ],
    [
      'an issuer with a password',
      { openid: { ...known, issuer: 'https://a:b@work.example' } },
      'openid.issuer: must be',
    ],
    ['a scope without openid', { google: { ...known, scope: 'email profile' } }, 'google: needs openid in its scope'],
    ['OAuth without addresses', { oauth: known }, 'oauth: needs authorizationUrl'],
    [
      'addresses of which one is http',
      { oauth: { ...known, ...at('https://work.example'), userUrl: 'http://127.0.0.1/user' } },
      'oauth: needs addresses',
    ],
    ['addresses of OAuth elsewhere', { github: { ...known, tokenUrl: 'https://a.example' } }, 'github: has tokenUrl'],
    ['a directory of Microsoft elsewhere', { google: { ...known, tenant: 'common' } }, 'google: has tenant'],
    ['a directory that is none', { microsoft: { ...known, tenant: '{tenant}' } }, 'microsoft.tenant: must be'],
    ['a key of Apple elsewhere', { google: { ...known, keyId: 'K' } }, 'google: has keyId'],
    ['Apple with nothing', { apple: { clientId: 'app' } }, 'apple: needs privateKey'],
    [
      'Apple without a team',
      { apple: { ...apple, privateKey: pemOf('P-256'), teamId: undefined } },
      'apple: needs all of',
    ],
    ['Apple with both', { apple: { ...apple, ...known, privateKey: pemOf('P-256') } }, 'apple: has a clientSecret and'],
    ['Apple with text', { apple: { ...apple, privateKey: 'not to be repeated' } }, 'apple: needs a privateKey that'],
    ['Apple with another curve', { apple: { ...apple, privateKey: pemOf('P-384') } }, 'apple: needs a privateKey that'],
    ...['google', 'github', 'facebook', 'linkedin', 'twitch'].map((name): (typeof refused)[number] => [
      `no secret for ${name}`,
      { [name]: { clientId: 'app' } },
      `${name}: needs clientSecret`,
    ]),
    [
      'a secret of a variable that is not set',
      // As the documents write it; the compiler must accept it too.
      { google: { clientId: 'app', clientSecret: process.env.NOT_SET } } satisfies AuthOptions['providers'],
      'google: needs clientSecret',
    ],
  ]
  it.each(refused)('%s', (_what, providers, problem) => {
    const found = problemOf(providers)
    expect(found).toContain(`option_invalid providers.${problem}`)
    expect(found).not.toContain('not to be repeated')
  })

  it('without an address of this server', () => {
    expect(problemOf({ google: known }, { url: undefined })).toContain('set url')
    expect(problemOf({ google: known }, { url: undefined, issuer: 'urn:example:id' })).toContain('set url')
  })

  const accepted: [what: string, providers: object][] = [
    ['a preset with its secret', { google: known }],
    ['a scope with openid', { google: { ...known, scope: 'email openid' } }],
    ['Apple with its key', { apple: { ...apple, privateKey: pemOf('P-256') } }],
    ['Apple with a secret', { apple: known }],
    ['OpenID without a secret', { work: { preset: 'openid', clientId: 'app', issuer: 'https://work.example' } }],
    ['http on this machine', { work: { ...known, preset: 'oauth', ...at('http://127.0.0.1:3000') } }],
    ['one directory', { microsoft: { ...known, tenant: 'work.example' } }],
    ['a GitLab of one’s own', { work: { ...known, preset: 'gitlab', issuer: 'https://git.work.example' } }],
    [
      'one client under two names',
      { google: known, workspace: { ...known, preset: 'google', link: 'verified', title: 'Work' } },
    ],
  ]
  it.each(accepted)('and not %s', (_what, providers) => {
    expect(problemOf(providers)).toBeUndefined()
  })
})
