import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import type { AuditEvent } from 'hallpass/auth'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ProviderReason } from '../../../src/accounts/identities/providers/faults.ts'
import { type Service, start, startService } from '../service.ts'
import { openBrowser } from './browser.ts'
import { clientId, clientSecret, openProvider, passProvider, type TestProvider } from './openid-provider.ts'

const url = 'https://id.example'

describe('the answer of a provider', () => {
  let provider: TestProvider
  let service: Service
  const events: AuditEvent[] = []
  beforeAll(async () => {
    provider = await openProvider(['openid', 'apple'].map((name) => `${url}/auth/oauth/${name}/callback`))
    const openid = { clientId, clientSecret, issuer: provider.issuer } as const
    service = await startService('sqlite::memory:', {
      url,
      providers: { openid, apple: openid },
      onEvent: (event) => events.push(event),
    })
  })
  afterAll(async () => {
    await service.auth.close()
    await provider.close()
  })
  beforeEach(() => {
    provider.account = { sub: 'anna', email: 'anna@mail.example', email_verified: true }
    provider.instead = undefined
    events.length = 0
  })

  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const published = { ...publicKey.export({ format: 'jwk' }), kid: 'published', use: 'sig', alg: 'RS256' }
  const encoded = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claimsOf = (nonce: string) => {
    const now = Math.floor(Date.now() / 1000)
    return { iss: provider.issuer, aud: clientId, sub: 'anna', nonce, iat: now, exp: now + 60 }
  }
  const signed = (claims: object, header: object = { alg: 'RS256', kid: published.kid }) => {
    const text = `${encoded(header)}.${encoded(claims)}`
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`
  }

  const forged: [what: string, reason: ProviderReason, make: (nonce: string, otherKid: string) => string][] = [
    ['signed by another key', 'answer_invalid', (nonce, kid) => signed(claimsOf(nonce), { alg: 'RS256', kid })],
    [
      'signed by a key that is not published',
      'id_token_invalid',
      (nonce) => signed(claimsOf(nonce), { alg: 'RS256', kid: 'x' }),
    ],
    ['not signed', 'answer_invalid', (nonce) => `${encoded({ alg: 'none' })}.${encoded(claimsOf(nonce))}.`],
    [
      'signed by the client secret',
      'answer_invalid',
      (nonce) => {
        const text = `${encoded({ alg: 'HS256' })}.${encoded(claimsOf(nonce))}`
        return `${text}.${createHmac('sha256', clientSecret).update(text).digest('base64url')}`
      },
    ],
    ['of another issuer', 'id_token_invalid', (nonce) => signed({ ...claimsOf(nonce), iss: 'https://evil.example' })],
    ['of a slash more', 'id_token_invalid', (nonce) => signed({ ...claimsOf(nonce), iss: `${provider.issuer}/` })],
    ['for another client', 'id_token_invalid', (nonce) => signed({ ...claimsOf(nonce), aud: 'another' })],
    ['for several clients', 'id_token_invalid', (nonce) => signed({ ...claimsOf(nonce), aud: [clientId, 'another'] })],
    ['of another sign-in', 'id_token_invalid', () => signed(claimsOf('another'))],
    ['that has expired', 'id_token_invalid', (nonce) => signed({ ...claimsOf(nonce), exp: 1 })],
    ['without a subject', 'answer_invalid', (nonce) => signed({ ...claimsOf(nonce), sub: undefined })],
    [
      'with a subject that no database keeps',
      'answer_invalid',
      (nonce) => signed({ ...claimsOf(nonce), sub: 'an\0na' }),
    ],
    [
      'with a subject that is too long',
      'answer_invalid',
      (nonce) => signed({ ...claimsOf(nonce), sub: 'a'.repeat(256) }),
    ],
    ['that is none', 'answer_invalid', () => 'x'],
  ]

  /** Signs in at a provider that answers with this ID token. */
  async function signInWith(make: (nonce: string, otherKid: string) => string) {
    const browser = openBrowser(service)
    const { headers } = await browser.send('GET', '/auth/oauth/openid')
    const begun = new URL(headers.get('location') ?? '')
    const state = begun.searchParams.get('state') ?? ''
    const { keys } = (await (await fetch(`${provider.issuer}/jwks`)).json()) as { readonly keys: [{ kid: string }] }
    provider.instead = (request, response) => {
      response.setHeader('content-type', 'application/json')
      if (request.url === '/jwks') response.end(JSON.stringify({ keys: [...keys, published] }))
      else {
        const id_token = make(begun.searchParams.get('nonce') ?? '', keys[0].kid)
        response.end(JSON.stringify({ access_token: 'x', token_type: 'bearer', id_token }))
      }
    }
    const answer = new URLSearchParams({ code: 'x', state, iss: provider.issuer })
    const reply = await browser.send('GET', `/auth/oauth/openid/callback?${answer}`)
    expect(reply.status).toBe(303)
    return browser
  }

  it('is accepted with an ID token of a published key, and otherwise like these', async () => {
    const own = { email: 'anna@mail.example', email_verified: true }
    const browser = await signInWith((nonce) => signed({ ...claimsOf(nonce), ...own }))
    expect(await browser.me()).toMatchObject({ email: own.email })
  })

  it.each(forged)('is refused with an ID token %s', async (_what, reason, make) => {
    const browser = await signInWith(make)
    expect(await browser.outcome()).toMatch(/^(?:401 provider_refused|503 provider_unavailable)$/)
    expect((await browser.me()).code).toBe('token_missing')
    expect(events.filter(({ event }) => event === 'login_failed')).toMatchObject([
      {
        details: {
          provider: 'openid',
          outcome: expect.any(String),
          reason,
          detail: expect.stringMatching(/^[\w.-]+$/),
        },
      },
    ])
  })

  it.each<[what: string, reason: ProviderReason, instead: TestProvider['instead']]>([
    ['is HTML', 'answer_invalid', (_request, response) => response.end('<!doctype html><p>Down')],
    ['is a status', 'answer_invalid', (_request, response) => response.writeHead(503).end()],
    ['is a redirect', 'answer_invalid', (_request, response) => response.writeHead(302, { location: '/x' }).end()],
    ['breaks off', 'unreachable', (request) => request.socket.destroy()],
    ['has a million bytes', 'unreachable', (_request, response) => response.end(' '.repeat(1_000_000))],
  ])('is the fault of the provider if it %s: %s', async (_what, reason, instead) => {
    const browser = openBrowser(service)
    const back = await browser.goTo('openid', provider)
    provider.instead = instead
    await browser.open(back)
    expect(events).toMatchObject([{ event: 'login_failed', details: { outcome: 'provider_unavailable', reason } }])
  })

  it('is refused where the document of the provider is that of another issuer', async () => {
    const fresh = await startService('sqlite::memory:', {
      url,
      onEvent: (event) => events.push(event),
      providers: { openid: { clientId, issuer: provider.issuer } },
    })
    const read = await fetch(`${provider.issuer}/.well-known/openid-configuration`)
    const document = (await read.json()) as object
    provider.instead = (_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ...document, issuer: 'https://accounts.google.com' }))
    }
    const browser = openBrowser(fresh)
    const { headers } = await browser.send('GET', '/auth/oauth/openid')
    expect(headers.get('location')).toBe(`${url}/?error=provider_unavailable`)
    expect(events).toMatchObject([
      { event: 'login_failed', details: { provider: 'openid', outcome: 'provider_unavailable' } },
    ])
    // It is not kept.
    provider.instead = undefined
    await browser.signIn('openid', provider).catch(() => {})
    const again = await browser.send('GET', '/auth/oauth/openid')
    expect(again.headers.get('location')).toContain(`${provider.issuer}/auth?`)
    await fresh.auth.close()
  })

  it('says why in the audit: what the provider stated, and no more than a word of it', async () => {
    provider.denies = true
    const browser = openBrowser(service)
    await browser.signIn('openid', provider)
    provider.denies = false
    expect(events).toMatchObject([
      {
        event: 'login_failed',
        details: { provider: 'openid', outcome: 'provider_refused', reason: 'denied', detail: 'access_denied' },
      },
    ])
    events.length = 0
    const { headers } = await browser.send('GET', '/auth/oauth/openid')
    const state = new URL(headers.get('location') ?? '').searchParams.get('state') ?? ''
    const error = `<b>${'x'.repeat(1000)}\n`
    await browser.send(
      'GET',
      `/auth/oauth/openid/callback?${new URLSearchParams({ state, error, iss: provider.issuer })}`,
    )
    expect(events[0]?.details).toMatchObject({ reason: 'other_error', detail: expect.stringMatching(/^\?b\?x{61}$/) })
    events.length = 0
    await browser.send('GET', '/auth/oauth/openid/callback?code=x&state=y')
    expect(events).toMatchObject([{ event: 'code_refused', details: { purpose: 'provider', provider: 'openid' } }])
  })

  it('may come as a form of another site, with which browsers send no cookies: they are asked to come again', async () => {
    const browser = openBrowser(service)
    const begun = await browser.send('GET', '/auth/oauth/apple')
    const [line = ''] = begun.headers.getSetCookie()
    expect(line).toMatch(
      /^__Host-provider_sign_in_[\da-f]{16}=.*; Max-Age=600; Secure; HttpOnly; Path=\/; SameSite=Lax$/,
    )
    const location = new URL(begun.headers.get('location') ?? '')
    expect(location.searchParams.get('response_mode')).toBe('form_post')
    location.searchParams.delete('response_mode')
    const back = new URL(await passProvider(location.href, provider))
    const posted = await openBrowser(service).send('POST', '/auth/oauth/apple/callback', {
      body: `${back.searchParams}&user=${encodeURIComponent('{"name":{}}')}`,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'https://appleid.apple.com',
        'sec-fetch-site': 'cross-site',
      },
    })
    expect([posted.status, posted.headers.get('location')]).toEqual([303, back.href])
    const reply = await browser.open(posted.headers.get('location') ?? '')
    expect([reply.status, reply.headers.get('location')]).toEqual([303, `${url}/`])
    expect(await browser.me()).toMatchObject({ email: 'anna@mail.example' })
  })

  it('is kept as the person asked for, and states how the user came in', async () => {
    const browser = openBrowser(service)
    const reply = await browser.signIn('openid', provider, '?remember=false')
    const lines = reply.headers.getSetCookie().filter((line) => /^__Host-(?:access|refresh)_token/.test(line))
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line).not.toMatch(/Max-Age|Expires/)
    const claims = service.auth.jwt.decodeToken(browser.cookies.get('__Host-access_token') ?? '')
    expect(claims).toMatchObject({ amr: ['fed'], acr: 'aal1', auth_time: start, fresh: true })
  })

  it('carries nothing that can be read or altered by the browser', async () => {
    const browser = openBrowser(service)
    const back = await browser.goTo('openid', provider)
    const [[name, carried] = ['', '']] = browser.cookies
    const state = new URL(back).searchParams.get('state') ?? ''
    expect(Buffer.from(carried.split('.')[1] ?? '', 'base64url').toString('latin1')).not.toContain(state)
    // Sealed as something else, or changed.
    for (const value of [carried.slice(0, -4), `${carried.slice(0, 40)}AAAA${carried.slice(44)}`, 'x', '.', 'a.b']) {
      browser.cookies.set(name, value)
      await browser.open(back)
      expect(await browser.outcome()).toBe('401 provider_refused')
    }
    browser.cookies.set('__Host-provider_outcome', carried)
    expect(await browser.outcome()).toBe('204')
    browser.cookies.set(name, carried)
    await browser.open(back)
    expect((await browser.me()).email).toBe('anna@mail.example')
  })
})
