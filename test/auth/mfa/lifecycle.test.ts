import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../databases.ts'
import { password, refusal, type Service, startService } from '../service.ts'
import { addApp, challengeOf, codeNow, enroll, verify, wrongCode } from './authenticator.ts'

// In this order: the last test reads which events those before it caused.
describe.each(databases)('second factors on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url, { issuer: 'https://id.example:8443/a' })
  })
  afterAll(async () => {
    await service.auth.close()
    await test.drop()
  })
  const claimsOf = (token: unknown) => service.auth.jwt.decodeToken(String(token)) as Record<string, unknown>
  const get = async (token: string) => (await service.call('GET', '/auth/mfa', { token })).body

  it('are set up with a secret, an address for apps and a QR code, and begin with the first code', async () => {
    const { access_token: token } = await service.newcomer('änne & söhne?')
    const begun = await service.call('POST', '/auth/mfa/totp', { token, body: { name: 'Phone' } })
    const { id, secret, otpauth_uri, svg } = begun.body as Record<string, string>
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(otpauth_uri).toBe(
      `otpauth://totp/id.example:${encodeURIComponent('änne & söhne?')}?issuer=id.example&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
    )
    expect(svg).toMatch(/^<svg [^>]*>.*<\/svg>$/s)
    expect(await get(token)).toEqual({ totp: [], recovery_codes_left: 0 })
    // Until then a login asks for nothing.
    expect((await service.call('POST', '/auth/login', { body: { username: 'änne & söhne?', password } })).status).toBe(
      200,
    )
    const path = `/auth/mfa/totp/${id}/confirm`
    const wrong = await service.call('POST', path, { token, body: { code: wrongCode(service, secret ?? '') } })
    expect(refusal(wrong)).toBe('401 mfa_code_invalid')
    const confirmed = await service.call('POST', path, { token, body: { code: codeNow(service, secret ?? '') } })
    expect(confirmed.status).toBe(200)
    expect(claimsOf(confirmed.body.access_token)).toMatchObject({
      amr: ['pwd', 'otp', 'mfa'],
      acr: 'aal2',
      fresh: true,
    })
    const codes = confirmed.body.recovery_codes as string[]
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) expect(code).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
    const listed = await get(token)
    expect(listed).toMatchObject({ totp: [{ id, name: 'Phone' }], recovery_codes_left: 10 })
    expect(JSON.stringify(listed)).not.toContain(secret)
    expect(refusal(await service.call('POST', path, { token, body: { code: '123456' } }))).toBe('404 factor_not_found')
  })

  it.each(['%00', '%F0%9F%94%91', "'%20OR%20''='", 'x'.repeat(2000)])(
    'are found by their ids alone: %s',
    async (id) => {
      const { access_token: token } = await service.newcomer(`odd${id.length}`)
      const removed = await service.call('DELETE', `/auth/mfa/totp/${id}`, { token })
      const confirmed = await service.call('POST', `/auth/mfa/totp/${id}/confirm`, { token, body: { code: '123456' } })
      expect([removed, confirmed].map(refusal)).toEqual(['404 factor_not_found', '404 factor_not_found'])
    },
  )

  it.each(['', 'x'.repeat(65), 'a\nb', 'a\u0000b', 7])('have a name that can be shown, unlike %j', async (name) => {
    const { access_token: token } = await service.newcomer(`named${JSON.stringify(name).length}`)
    expect(refusal(await service.call('POST', '/auth/mfa/totp', { token, body: { name } }))).toBe('422 invalid_request')
  })

  it('are begun for an hour', async () => {
    const { access_token, refresh_token } = await service.newcomer('late')
    const { body } = await service.call('POST', '/auth/mfa/totp', { token: access_token })
    service.elapsed += 3600
    const refreshed = await service.call('POST', '/auth/refresh', { body: { refresh_token } })
    const again = { token: String(refreshed.body.access_token), body: { password } }
    const token = String((await service.call('POST', '/auth/reauthenticate', again)).body.access_token)
    const code = codeNow(service, String(body.secret))
    const late = await service.call('POST', `/auth/mfa/totp/${body.id}/confirm`, { token, body: { code } })
    expect(refusal(late)).toBe('404 factor_not_found')
  })

  it('are asked for at a login, and given once', async () => {
    const user = await enroll(service, 'bert')
    service.elapsed += 60
    const refused = await service.call('POST', '/auth/login', { body: { username: 'bert', password } })
    expect(refusal(refused)).toBe('403 mfa_required')
    expect(refused.body).toMatchObject({ expires_in: 600, methods: ['totp', 'recovery_code'] })
    expect(refused.headers.getSetCookie()).toEqual([])
    const { status, body } = await verify(service, String(refused.body.mfa_token), codeNow(service, user.secret))
    expect(status).toBe(200)
    expect(claimsOf(body.access_token)).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: 'aal2', fresh: true })
    const refreshed = await service.call('POST', '/auth/refresh', { body: { refresh_token: body.refresh_token } })
    expect(claimsOf(refreshed.body.access_token)).toMatchObject({ acr: 'aal2', fresh: false })
    expect(body.device_token).toMatch(/^hp_dv_/)
    const again = await verify(service, String(refused.body.mfa_token), codeNow(service, user.secret))
    expect(refusal(again)).toBe('401 mfa_token_invalid')
  })

  it('can be recovery codes, read as people write them', async () => {
    const { recoveryCodes, access_token } = await enroll(service, 'cora')
    const [first = '', second = '', third = ''] = recoveryCodes
    const written = [
      first,
      second.toLowerCase().replaceAll('-', ' '),
      third.replaceAll('-', '').replaceAll('0', 'o').replaceAll('1', 'l'),
    ]
    for (const code of written) {
      const { status, body } = await verify(service, await challengeOf(service, 'cora'), code, 'recovery_code')
      expect([status, claimsOf(body.access_token).amr]).toEqual([200, ['pwd', 'recovery', 'mfa']])
    }
    const again = await verify(service, await challengeOf(service, 'cora'), first, 'recovery_code')
    expect(refusal(again)).toBe('401 mfa_code_invalid')
    expect(await get(access_token)).toMatchObject({ recovery_codes_left: 7 })
    const renewed = await service.call('POST', '/auth/mfa/recovery_codes', { token: access_token })
    expect(renewed.body.recovery_codes).toHaveLength(10)
    const old = await verify(service, await challengeOf(service, 'cora'), recoveryCodes[4] ?? '', 'recovery_code')
    expect(refusal(old)).toBe('401 mfa_code_invalid')
  })

  it('are at most five apps, of which a second one begun leaves the first alone', async () => {
    const user = await enroll(service, 'dora')
    await service.call('POST', '/auth/mfa/totp', { token: user.access_token, body: {} })
    service.elapsed += 60
    const first = await verify(service, await challengeOf(service, 'dora'), codeNow(service, user.secret))
    const token = first.body.access_token as string
    const second = await addApp(service, token)
    expect(second.confirmed.body.recovery_codes).toBeUndefined()
    for (let count = 3; count <= 5; count++) await addApp(service, token)
    const sixth = await service.call('POST', '/auth/mfa/totp', { token, body: {} })
    expect(refusal(sixth)).toBe('409 factor_limit_reached')
    service.elapsed += 60
    for (const secret of [user.secret, second.secret]) {
      expect((await verify(service, await challengeOf(service, 'dora'), codeNow(service, secret))).status).toBe(200)
    }
  })

  it('are removed by their user, and the session has one factor from then on', async () => {
    const { id, access_token, refresh_token } = await enroll(service, 'emil')
    expect((await service.call('DELETE', `/auth/mfa/totp/${id}`, { token: access_token })).status).toBe(204)
    expect(refusal(await service.call('GET', '/auth/mfa', { token: access_token }))).toBe('401 token_revoked')
    const { body } = await service.call('POST', '/auth/refresh', { body: { refresh_token } })
    expect(claimsOf(body.access_token)).toMatchObject({ amr: ['pwd'], acr: 'aal1' })
    expect(await get(String(body.access_token))).toEqual({ totp: [], recovery_codes_left: 0 })
    expect((await service.call('POST', '/auth/login', { body: { username: 'emil', password } })).status).toBe(200)
  })

  it('are listed and reset by the operator', async () => {
    const { id, access_token, refresh_token } = await enroll(service, 'fritz')
    const user = await service.auth.users.findByUsername('fritz')
    expect(user?.secondFactors).toBe(1)
    const factors = await service.auth.users.factors(user?.id ?? '')
    expect(factors).toMatchObject({ totp: [{ id, name: 'Authenticator app' }], recoveryCodesLeft: 10 })
    const pending = await challengeOf(service, 'fritz')
    expect(await service.auth.users.resetFactors(user?.id ?? '')).toMatchObject({ secondFactors: 0 })
    expect(await service.auth.users.resetFactors('nobody')).toBeUndefined()
    expect(refusal(await service.call('GET', '/auth/mfa', { token: access_token }))).toBe('401 token_revoked')
    expect(refusal(await service.call('POST', '/auth/refresh', { body: { refresh_token } }))).toBe(
      '401 refresh_token_invalid',
    )
    expect(refusal(await verify(service, pending, '123456'))).toBe('401 mfa_token_invalid')
    expect((await service.call('POST', '/auth/login', { body: { username: 'fritz', password } })).status).toBe(200)
    expect(service.events).toContain('factors_reset')
  })

  it('are written down, without what is secret', async () => {
    for (const event of [
      'factor_added',
      'factor_removed',
      'factor_refused',
      'recovery_code_used',
      'recovery_codes_made',
    ]) {
      expect(service.events).toContain(event)
    }
  })
})
