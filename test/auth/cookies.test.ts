import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { password, type Reply, refusal, type Service, startService } from './service.ts'

/** A browser's cookies: what `Set-Cookie` says, by name. */
function cookiesOf({ headers }: Reply): Record<string, string> {
  return Object.fromEntries(headers.getSetCookie().map((line) => (line.split(';')[0] ?? '').split('=')))
}

function cookieHeader(cookies: Readonly<Record<string, string>>): string {
  return Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
}

describe('a session in cookies', () => {
  let service: Service
  let cookies: Record<string, string>
  let credentials: { readonly username: string; readonly password: string; readonly cookies: true }
  let count = 0

  beforeAll(async () => {
    service = await startService('sqlite::memory:', { limits: { registrationsPerAddress: 1000 } })
  })
  beforeEach(async () => {
    credentials = { username: `alice ${count++}`, password, cookies: true }
    await service.newcomer(credentials.username)
    cookies = cookiesOf(await service.call('POST', '/auth/login', { body: credentials }))
  })
  afterAll(() => service.auth.close())

  const send = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
    service.call(method, path, { headers: { cookie: cookieHeader(cookies), ...headers }, body })
  const csrf = (kind: 'access' | 'refresh') => ({ 'x-csrf-token': cookies[`__Host-csrf_${kind}_token`] ?? '' })

  it('has its tokens in cookies that scripts cannot read, and not in the body', async () => {
    const reply = await service.call('POST', '/auth/login', { body: credentials })
    expect(reply.body).toEqual({ token_type: 'Bearer', expires_in: 900 })
    const lines = reply.headers.getSetCookie()
    const life = 'Max-Age=2592000'
    expect(lines.map((line) => line.replace(/=[^;]+;/, '=…;').replace(/Expires=[^;]+; /, ''))).toEqual([
      `__Host-access_token=…; ${life}; Secure; HttpOnly; Path=/; SameSite=Lax`,
      `__Host-csrf_access_token=…; ${life}; Secure; Path=/; SameSite=Lax`,
      `__Host-refresh_token=…; ${life}; Secure; HttpOnly; Path=/; SameSite=Lax`,
      `__Host-csrf_refresh_token=…; ${life}; Secure; Path=/; SameSite=Lax`,
      '__Host-device_token=…; Max-Age=34560000; Secure; HttpOnly; Path=/; SameSite=Lax',
    ])
  })

  it('reads with the cookie, and changes with the double-submit value alone', async () => {
    expect((await send('GET', '/auth/me')).status).toBe(200)
    expect(refusal(await send('DELETE', '/auth/sessions'))).toBe('403 csrf_missing')
    expect(refusal(await send('DELETE', '/auth/sessions', { 'x-csrf-token': 'wrong' }))).toBe('403 csrf_mismatch')
    expect(refusal(await send('DELETE', '/auth/sessions', csrf('refresh')))).toBe('403 csrf_mismatch')
    expect((await send('DELETE', '/auth/sessions', csrf('access'))).status).toBe(204)
  })

  it('refreshes by its cookie, into cookies', async () => {
    expect(refusal(await send('POST', '/auth/refresh'))).toBe('403 csrf_missing')
    expect(refusal(await send('POST', '/auth/refresh', csrf('access')))).toBe('403 csrf_mismatch')
    const crossSite = { ...csrf('refresh'), 'sec-fetch-site': 'cross-site' }
    expect(refusal(await send('POST', '/auth/refresh', crossSite))).toBe('403 cross_site_refused')
    const reply = await send('POST', '/auth/refresh', csrf('refresh'))
    expect([reply.status, reply.body]).toEqual([200, { token_type: 'Bearer', expires_in: 900 }])
    const next = cookiesOf(reply)
    expect(next['__Host-refresh_token']).not.toBe(cookies['__Host-refresh_token'])
    cookies = next
    expect((await send('GET', '/auth/me')).status).toBe(200)
  })

  it('is asked for by our own pages alone', async () => {
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const reply = await service.call('POST', '/auth/login', { body: credentials, headers })
    expect(refusal(reply)).toBe('403 cross_site_refused')
    expect(reply.headers.getSetCookie()).toEqual([])
  })

  it('proves itself again, and goes on after its password is changed', async () => {
    const again = await send('POST', '/auth/reauthenticate', csrf('access'), { password })
    expect([again.status, again.body]).toEqual([200, { token_type: 'Bearer', expires_in: 900 }])
    cookies = { ...cookies, ...cookiesOf(again) }
    const change = { current_password: password, new_password: 'quite another password' }
    const changed = await send('POST', '/auth/password', csrf('access'), change)
    expect(changed.status).toBe(204)
    expect((await send('GET', '/auth/me')).status).toBe(401)
    cookies = { ...cookies, ...cookiesOf(changed) }
    expect((await send('GET', '/auth/me')).status).toBe(200)
  })

  it('is over after logout: the cookies are taken back, and what was kept of them is dead', async () => {
    expect(refusal(await send('POST', '/auth/logout'))).toBe('403 csrf_missing')
    const reply = await send('POST', '/auth/logout', csrf('access'))
    expect(reply.status).toBe(204)
    expect(reply.headers.getSetCookie()).toHaveLength(4)
    expect(Object.values(cookiesOf(reply))).toEqual(['', '', '', ''])
    expect(refusal(await send('GET', '/auth/me'))).toBe('401 token_revoked')
    expect(refusal(await send('POST', '/auth/refresh', csrf('refresh')))).toBe('401 refresh_token_invalid')
  })

  it('logs out by the refresh cookie where the access cookie is gone', async () => {
    const { '__Host-access_token': _, ...rest } = cookies
    cookies = rest
    expect((await send('POST', '/auth/logout', csrf('refresh'))).status).toBe(204)
    expect(refusal(await send('POST', '/auth/refresh', csrf('refresh')))).toBe('401 refresh_token_invalid')
  })

  it('is over when the account is deleted, by which the cookies are removed', async () => {
    const reply = await send('DELETE', '/auth/me', csrf('access'))
    expect(reply.status).toBe(204)
    expect(Object.values(cookiesOf(reply))).toEqual(['', '', '', ''])
  })
})
