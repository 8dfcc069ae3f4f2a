import { JwtManager, type JwtManagerOptions } from 'hallpass'
import { testToken } from 'hallpass/testing'
import { requestGuard } from 'hallpass/web'
import { describe, expect, it } from 'vitest'

const secret = 'a secret of more than thirty-two bytes, for tests alone'
const revoked = new Set<string | null>()
function make(options: Partial<JwtManagerOptions> = {}): JwtManager {
  return new JwtManager({
    secret,
    tokenLocation: 'cookies',
    accessCookieName: 'token',
    isRevoked: ({ jti }) => revoked.has(jti),
    ...options,
  })
}
const jwt = make()
const token = testToken(jwt, { identity: 'alice' })
const cookie = `token=${token}`
const csrf = { 'x-csrf-token': jwt.getCsrfToken(token) }

/** The identity of the user, or the code of the refusal. */
async function ask(manager: JwtManager, headers: Record<string, string>, method = 'GET'): Promise<string> {
  const known = await requestGuard(manager)(new Request('https://app.example/', { method, headers }))
  return known instanceof Response
    ? (((await known.json()) as { code?: string; msg: string }).code ?? 'msg')
    : known.identity
}

describe('a request that opens a WebSocket', () => {
  const upgrade = { upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'x', cookie }
  const evil = 'https://evil.example'
  const rows: [what: string, headers: Record<string, string>, outcome: string, options?: Partial<JwtManagerOptions>][] =
    [
      ['of our own page', { ...upgrade, origin: 'https://app.example' }, 'alice'],
      [
        'of our own page, as newer browsers state it',
        { ...upgrade, origin: evil, 'sec-fetch-site': 'same-origin' },
        'alice',
      ],
      ['of another site', { ...upgrade, origin: evil }, 'cross_site_refused', { cookieSameSite: 'None' }],
      [
        'of a neighbouring host, whatever its origin',
        { ...upgrade, 'sec-fetch-site': 'same-site' },
        'cross_site_refused',
      ],
      [
        'of a neighbouring host, with our own origin beside',
        { ...upgrade, origin: 'https://app.example', 'sec-fetch-site': 'same-site' },
        'cross_site_refused',
      ],
      [
        'of another site, as newer browsers state it',
        { ...upgrade, 'sec-fetch-site': 'cross-site' },
        'cross_site_refused',
      ],
      ['not a handshake, from a neighbouring host', { cookie, 'sec-fetch-site': 'same-site' }, 'alice'],
      ['of a page without an origin', { ...upgrade, origin: 'null' }, 'cross_site_refused'],
      ['of an origin that is trusted', { ...upgrade, origin: evil }, 'alice', { trustedOrigins: [evil] }],
      ['of no browser', upgrade, 'alice'],
      ['of another site, in capitals', { cookie, upgrade: 'WebSocket', origin: evil }, 'cross_site_refused'],
      ['of another site, in a list', { cookie, upgrade: 'h2c, websocket', origin: evil }, 'cross_site_refused'],
      ['of another site, by a proxy', { cookie, 'sec-websocket-key': 'x', origin: evil }, 'cross_site_refused'],
      [
        'of another site, whose token is in the header',
        { ...upgrade, origin: evil },
        'alice',
        { tokenLocation: 'headers' },
      ],
      ['of another site, with the flask preset', { ...upgrade, origin: evil }, 'msg', { preset: 'flask' }],
      ['of another site, unprotected', { ...upgrade, origin: evil }, 'alice', { cookieCsrfProtect: false }],
      ['not a handshake', { cookie, origin: evil }, 'alice'],
    ]
  it.each(rows)('%s', async (_what, headers, outcome, options) => {
    const all = { authorization: `Bearer ${token}`, ...headers }
    expect(await ask(make(options), all)).toBe(outcome)
  })
})

describe('the origin of a request', () => {
  const rows: [host: string | undefined, origin: string, outcome: string][] = [
    ['app.example', 'https://app.example', 'alice'],
    ['App.Example', 'https://app.example', 'alice'],
    ['app.example:443', 'https://app.example', 'alice'],
    ['app.example:80', 'http://app.example', 'alice'],
    ['APP.EXAMPLE:8443', 'https://app.example:8443', 'alice'],
    ['[::1]:443', 'https://[::1]', 'alice'],
    [undefined, 'https://app.example', 'alice'],
    [undefined, 'https://evil.example', 'cross_site_refused'],
    ['app.example:443', 'http://app.example', 'cross_site_refused'],
    ['app.example:8443', 'https://app.example', 'cross_site_refused'],
    ['app.example', 'https://app.example.evil', 'cross_site_refused'],
    ['evil@app.example', 'https://app.example', 'cross_site_refused'],
    ['app.example/', 'https://app.example', 'cross_site_refused'],
    ['', 'null', 'cross_site_refused'],
    ['app.example', 'file://', 'cross_site_refused'],
  ]
  it.each(rows)('to host %s from %s: %s', async (host, origin, outcome) => {
    const headers = { cookie, origin, ...csrf, ...(host !== undefined && { host }) }
    expect(await ask(jwt, headers, 'POST')).toBe(outcome)
  })
})

describe('several cookies of one name', () => {
  const gone = testToken(jwt, { identity: 'alice' })
  revoked.add(jwt.decodeToken(gone).jti)
  const ended = testToken(jwt, { identity: 'alice', expiredSecondsAgo: 5 })
  const mallory = testToken(jwt, { identity: 'mallory' })
  const [second, third, fourth] = ['b', 'c', 'd']

  const rows: [what: string, values: (string | undefined)[], outcome: string][] = [
    ['garbage first', ['x', token], 'alice'],
    ['an ended one first', [ended, token], 'alice'],
    ['a revoked one first', [gone, token], 'alice'],
    ['the good one first', [token, ended], 'alice'],
    ['an empty one first', ['', token], 'alice'],
    ['none valid: one has expired', ['x', ended], 'token_expired'],
    ['none valid', [gone, 'x'], 'token_revoked'],
    ['too many', ['a', second, third, fourth, token], 'token_malformed'],
  ]
  it.each(rows)('%s', async (_what, values, outcome) => {
    expect(await ask(jwt, { cookie: values.map((value) => `token=${value}`).join('; ') })).toBe(outcome)
  })

  it('are each checked with the double-submit value of their own', async () => {
    const post = (values: string[], value: string) =>
      ask(jwt, { cookie: values.map((one) => `token=${one}`).join('; '), 'x-csrf-token': value }, 'POST')
    const of = (one: string) => jwt.decodeToken(one, { allowExpired: true }).csrf as string
    expect(await post([ended, token], of(token))).toBe('alice')
    expect(await post([ended, token], of(ended))).toBe('token_expired')
    // Another site can plant a cookie of its own account, whose value it knows.
    expect(await post([mallory, token], of(mallory))).toBe('mallory')
    expect(await post([token, mallory], of(mallory))).toBe('mallory')
    expect(await post([mallory, token], 'x')).toBe('csrf_mismatch')
  })

  it('are each checked without a value, from a listed origin', async () => {
    const listed = make({ trustedOrigins: ['https://page.example'] })
    const post = (values: string[], headers = {}) => {
      const cookies = values.map((one) => `token=${one}`).join('; ')
      return ask(listed, { cookie: cookies, origin: 'https://page.example', ...headers }, 'POST')
    }
    expect(await post([ended, token])).toBe('alice')
    expect(await post([gone, 'x', token])).toBe('alice')
    expect(await post([gone, ended])).toBe('token_expired')
    // As in a request that only reads. A value that is submitted still selects the cookie.
    expect(await post([mallory, token])).toBe('mallory')
    expect(await post([mallory, token], csrf)).toBe('alice')
    expect(await post([ended, gone], csrf)).toBe('csrf_mismatch')
  })

  it('do not hide that one of them could not be checked', async () => {
    const manager = make({
      isRevoked: ({ sub }) => {
        if (sub === 'mallory') throw new Error('The list cannot be asked')
        return sub === 'alice'
      },
    })
    expect(await ask(manager, { cookie: `token=${ended}; token=${mallory}; token=${token}` })).toBe(
      'revocation_unknown',
    )
  })
})
