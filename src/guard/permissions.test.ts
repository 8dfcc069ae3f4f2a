import { describe, expect, it } from 'vitest'
import type { TokenError } from '../errors.ts'
import { generateKey } from '../token/keys/import-key.ts'
import { KeySet } from '../token/keys/key-set.ts'
import { createGuard } from './authenticate.ts'
import { JwtManager } from './jwt-manager.ts'
import type { GuardOptions } from './options/guard-options.ts'
import type { RequestView } from './request/request-view.ts'

const jwt = new JwtManager({ keys: new KeySet([generateKey('HS256')]) })

function requestOf(claims: Record<string, unknown>): RequestView {
  return requestWith(jwt.createAccessToken('alice', { additionalClaims: claims }))
}

function requestWith(token: string): RequestView {
  return {
    method: 'GET',
    header: (name) => (name === 'authorization' ? `Bearer ${token}` : undefined),
    query: () => undefined,
    json: async () => undefined,
    formField: async () => undefined,
  }
}

describe('roles and scopes', () => {
  const rows: [asked: GuardOptions, claims: Record<string, unknown>, passes: boolean][] = [
    [{ roles: 'admin' }, { roles: ['admin'] }, true],
    [{ roles: 'admin' }, { roles: ['reader', 'admin'] }, true],
    [{ roles: ['admin', 'editor'] }, { roles: ['editor'] }, true],
    [{ roles: 'admin' }, { roles: ['Admin'] }, false],
    [{ roles: 'admin' }, { roles: ['administrator'] }, false],
    [{ roles: 'admin' }, { roles: 'admin' }, false],
    [{ roles: 'admin' }, { roles: { admin: true } }, false],
    [{ roles: 'admin' }, { roles: [['admin']] }, false],
    [{ roles: 'admin' }, { roles: [] }, false],
    [{ roles: 'admin' }, {}, false],
    [{ scopes: 'read' }, { scope: 'read' }, true],
    [{ scopes: 'read' }, { scope: 'write read' }, true],
    [{ scopes: ['read', 'write'] }, { scope: 'write read' }, true],
    [{ scopes: ['read', 'write'] }, { scope: 'read' }, false],
    [{ scopes: 'read' }, { scope: 'reader' }, false],
    [{ scopes: 'read' }, { scope: 'read:all' }, false],
    [{ scopes: 'read' }, { scope: ['read'] }, false],
    [{ scopes: 'read' }, { scope: '' }, false],
    [{ scopes: 'read' }, {}, false],
    [{ roles: 'admin', scopes: 'read' }, { roles: ['admin'], scope: 'read' }, true],
    [{ roles: 'admin', scopes: 'read' }, { roles: ['admin'] }, false],
    [{ roles: 'admin', scopes: 'read' }, { scope: 'read' }, false],
  ]
  it.each(rows)('asked for %j, a token with %j', (asked, claims, passes) => {
    const ask = () => createGuard(jwt, asked)(requestOf(claims))
    if (passes) expect(ask()).toMatchObject({ identity: 'alice' })
    else expect(ask).toThrow(expect.objectContaining({ code: 'insufficient_scope' }))
  })

  it('tells the scopes in the challenge, as RFC 6750 section 3.1 wants it', () => {
    let answer: unknown
    try {
      createGuard(jwt, { scopes: ['orders:read', 'orders:write'] })(requestOf({}))
    } catch (error) {
      answer = jwt.answer(error as Parameters<typeof jwt.answer>[0])
    }
    expect(answer).toEqual({
      status: 403,
      headers: {
        'cache-control': 'no-store',
        'www-authenticate':
          'Bearer error="insufficient_scope", error_description="The token lacks a required scope", scope="orders:read orders:write"',
      },
      body: { code: 'insufficient_scope', msg: 'The token lacks a required scope' },
    })
  })

  const mistakes: [options: object, says: RegExp][] = [
    [{ roles: [] }, /roles must be/],
    [{ roles: '' }, /roles must be/],
    [{ roles: 5 }, /roles must be/],
    [{ roles: ['admin', ''] }, /roles must be/],
    [{ scopes: [] }, /scopes must be/],
    [{ scopes: 'a b' }, /scopes must be/],
    [{ scopes: 'a"b' }, /scopes must be/],
    [{ scopes: 'ä' }, /scopes must be/],
    [{ role: 'admin' }, /role is not an option/],
    [{ roles: 'admin', optional: true }, /optional and roles cannot be combined/],
    [{ scopes: 'read', optional: true }, /optional and scopes cannot be combined/],
    [{ mfa: 'totp' }, /mfa must be/],
    [{ mfa: 1 }, /mfa must be/],
    [{ maxAgeSeconds: 0 }, /maxAgeSeconds must be/],
    [{ maxAgeSeconds: -1 }, /maxAgeSeconds must be/],
    [{ maxAgeSeconds: 1.5 }, /maxAgeSeconds must be/],
    [{ maxAgeSeconds: '300' }, /maxAgeSeconds must be/],
    [{ maxAgeSeconds: true }, /maxAgeSeconds must be/],
    [{ maxAgeSeconds: Number.NaN }, /maxAgeSeconds must be/],
    [{ maxAgeSeconds: Number.POSITIVE_INFINITY }, /maxAgeSeconds must be/],
    [{ maxAge: 300 }, /maxAge is not an option/],
  ]
  it.each(mistakes)('cannot be asked for by %j', (options, says) => {
    expect(() => createGuard(jwt, options as GuardOptions)).toThrow(
      expect.objectContaining({ code: 'option_invalid', message: expect.stringMatching(says) }),
    )
  })
})

describe('how and when the user authenticated', () => {
  const start = 1_800_000_000
  let now = start
  const leeway = 5
  const keys = new KeySet([generateKey('HS256')])
  const timed = new JwtManager({ keys, clock: () => now, leewaySeconds: leeway })
  const requestBy = (claims: Record<string, unknown>) =>
    requestWith(timed.createAccessToken('alice', { additionalClaims: claims }))
  const both = { mfa: true, maxAgeSeconds: 300 }
  const amr = ['pwd', 'otp', 'mfa']

  const rows: [asked: GuardOptions, claims: Record<string, unknown>, passes: boolean][] = [
    [{ mfa: true }, { amr }, true],
    [{ mfa: true }, { amr: ['mfa'] }, true],
    [{ mfa: true }, { amr, auth_time: 1 }, true],
    [{ mfa: true }, {}, false],
    [{ mfa: true }, { amr: [] }, false],
    [{ mfa: true }, { amr: ['pwd', 'otp'] }, false],
    [{ mfa: true }, { amr: ['MFA'] }, false],
    [{ mfa: true }, { amr: ['mfa '] }, false],
    [{ mfa: true }, { amr: 'mfa' }, false],
    [{ mfa: true }, { amr: 'pwd mfa' }, false],
    [{ mfa: true }, { amr: null }, false],
    [{ mfa: true }, { amr: { mfa: true } }, false],
    [{ mfa: true }, { amr: [['mfa']] }, false],
    [{ mfa: true }, { amr: ['mfa', 1] }, false],
    [{ mfa: true }, { amr: ['mfa', null] }, false],
    [{ mfa: true }, { acr: 'aal2' }, false],
    [{ mfa: false }, {}, true],
    [{ maxAgeSeconds: 300 }, { auth_time: start }, true],
    [{ maxAgeSeconds: 300 }, { auth_time: start - 300 }, true],
    [{ maxAgeSeconds: 300 }, { auth_time: start - 300 - leeway }, true],
    [{ maxAgeSeconds: 300 }, { auth_time: start - 300 - leeway - 1 }, false],
    [{ maxAgeSeconds: 300 }, { auth_time: start - 300 - leeway - 0.001 }, false],
    [{ maxAgeSeconds: 300 }, { auth_time: start + leeway }, true],
    [{ maxAgeSeconds: 300 }, { auth_time: start + leeway + 0.001 }, false],
    [{ maxAgeSeconds: 300 }, { auth_time: start * 1000 }, false],
    [{ maxAgeSeconds: 300 }, { auth_time: 0 }, false],
    [{ maxAgeSeconds: 300 }, { auth_time: -1 }, false],
    [{ maxAgeSeconds: 300 }, {}, false],
    [{ maxAgeSeconds: 300 }, { auth_time: null }, false],
    [{ maxAgeSeconds: 300 }, { auth_time: true }, false],
    [{ maxAgeSeconds: 300 }, { auth_time: `${start}` }, false],
    [{ maxAgeSeconds: 300 }, { auth_time: new Date(start * 1000).toISOString() }, false],
    [{ maxAgeSeconds: 300 }, { auth_time: [start] }, false],
    [{ maxAgeSeconds: 300 }, { amr }, false],
    [both, { amr, auth_time: start }, true],
    [both, { amr, auth_time: start - 400 }, false],
    [both, { amr: ['pwd'], auth_time: start }, false],
    [both, {}, false],
    [{ ...both, optional: true }, { amr, auth_time: start }, true],
    [{ ...both, optional: true }, { amr: ['pwd'], auth_time: start }, false],
    [{ ...both, verifyType: false }, {}, false],
  ]
  it.each(rows)('asked for %j, a token with %j', (asked, claims, passes) => {
    const ask = () => createGuard(timed, asked)(requestBy(claims))
    if (passes) expect(ask()).toMatchObject({ identity: 'alice' })
    else expect(ask).toThrow(expect.objectContaining({ code: 'insufficient_user_authentication' }))
  })

  it('is for refresh tokens as well', () => {
    const guard = createGuard(timed, { refresh: true, mfa: true })
    const by = (additionalClaims: Record<string, unknown>) =>
      requestWith(timed.createRefreshToken('alice', { additionalClaims }))
    expect(guard(by({ amr }))).toMatchObject({ identity: 'alice' })
    expect(() => guard(by({}))).toThrow(expect.objectContaining({ code: 'insufficient_user_authentication' }))
  })

  it('passes an anonymous request where that is allowed', () => {
    const anonymous = { ...requestBy({}), header: () => undefined }
    expect(createGuard(timed, { ...both, optional: true })(anonymous)).toBe(undefined)
    expect(() => createGuard(timed, both)(anonymous)).toThrow(expect.objectContaining({ code: 'token_missing' }))
  })

  it('is looked at each time, also of a token that was seen before and of its renewal', () => {
    const guard = createGuard(timed, { maxAgeSeconds: 60 })
    const token = timed.createAccessToken('alice', { additionalClaims: { auth_time: start } })
    const renewed = () => timed.renewAccessToken(timed.verify(token))
    expect(guard(requestWith(token))).toEqual(guard(requestWith(token)))
    now = start + 60 + leeway
    expect(guard(requestWith(token))).toMatchObject({ identity: 'alice' })
    expect(guard(requestWith(renewed()))).toMatchObject({ identity: 'alice' })
    now += 0.001
    for (const old of [token, renewed()]) {
      expect(() => guard(requestWith(old))).toThrow(
        expect.objectContaining({ code: 'insufficient_user_authentication' }),
      )
    }
    now = start
  })

  it('refuses where the clock answers what is no time', () => {
    let ticks = 0
    // The token is valid by the time that its claims are read with, and only then.
    const broken = new JwtManager({ keys, clock: () => (ticks++ === 0 ? start : Number.NaN) })
    const request = requestBy({ auth_time: start })
    expect(() => createGuard(broken, { maxAgeSeconds: 300 })(request)).toThrow(
      expect.objectContaining({ code: 'insufficient_user_authentication' }),
    )
  })

  const order: [asked: GuardOptions, claims: Record<string, unknown>, code: string][] = [
    [{ roles: 'admin', mfa: true }, {}, 'insufficient_scope'],
    [{ scopes: 'read', maxAgeSeconds: 1 }, {}, 'insufficient_scope'],
    [{ roles: 'admin', mfa: true }, { roles: ['admin'] }, 'insufficient_user_authentication'],
    [{ fresh: true, mfa: true }, {}, 'token_not_fresh'],
  ]
  it.each(order)('asked for %j, a token with %j is first of all %s', (asked, claims, code) => {
    expect(() => createGuard(timed, asked)(requestBy(claims))).toThrow(expect.objectContaining({ code }))
  })

  it('is not asked of a revoked token', () => {
    const revoking = new JwtManager({ keys, clock: () => now, isRevoked: () => true })
    expect(() => createGuard(revoking, both)(requestBy({}))).toThrow(expect.objectContaining({ code: 'token_revoked' }))
  })

  const challenges: [asked: GuardOptions, claims: Record<string, unknown>, says: string, challenge: string][] = [
    [{ mfa: true }, {}, 'The login lacks a second factor', ', acr_values="aal2"'],
    [{ maxAgeSeconds: 300 }, {}, 'The login is too old', ', max_age="300"'],
    [both, { auth_time: start }, 'The login lacks a second factor', ', acr_values="aal2", max_age="300"'],
    [both, { amr }, 'The login is too old', ', acr_values="aal2", max_age="300"'],
    [both, {}, 'The login lacks a second factor', ', acr_values="aal2", max_age="300"'],
  ]
  it.each(challenges)('is what the challenge of RFC 9470 states: %j, a token with %j', (asked, claims, says, rest) => {
    let refusal: unknown
    try {
      createGuard(timed, asked)(requestBy(claims))
    } catch (error) {
      refusal = error
    }
    const code = 'insufficient_user_authentication'
    const headers = {
      'cache-control': 'no-store',
      'www-authenticate': `Bearer error="${code}", error_description="${says}"${rest}`,
    }
    expect(timed.answer(refusal as TokenError)).toEqual({ status: 401, headers, body: { code, msg: says } })
    const flask = new JwtManager({ keys, preset: 'flask' })
    expect(flask.answer(refusal as TokenError)).toEqual({ status: 401, headers, body: { msg: says } })
    expect((refusal as TokenError).token?.claims).toMatchObject(claims)
  })
})
