import { RequestError } from '../../../src/errors.ts'
import type { Row } from '../declared-rows.ts'
import { change, crossSite, last, never, refusedOf, type World } from '../declared-world.ts'
import { password, type Service } from '../service.ts'
import { addApp, codeNow, enroll, verify, wrongCode } from './authenticator.ts'

/** A request for each answer and each refusal that the endpoints of second factors declare. */
export function mfaRowsOf(world: World): Row[] {
  const { named, access, own, post, get } = world
  const enrolled = (service: Service) => enroll(service, named())
  /** Of a user with a factor, a session that has proven the password alone. */
  async function weak(): Promise<string> {
    const { access_token: token } = await enrolled(world.service)
    return String((await post('/reauthenticate', { token, body: { password } })).body.access_token)
  }
  async function begun(service: Service, token: string) {
    const { body } = await service.call('POST', '/auth/mfa/totp', { token, body: {} })
    return body as { readonly id: string; readonly secret: string }
  }
  const confirm = (service: Service, id: string, code: string, { token, mfa_token }: Record<string, string>) =>
    service.call('POST', `/auth/mfa/totp/${id}/confirm`, { token, body: { code, mfa_token } })
  const remove = (token: string, id: string) => world.service.call('DELETE', `/auth/mfa/totp/${id}`, { token })
  /** An administrator, who logs in with a second factor only, and what was begun with the challenge. */
  async function administrator() {
    const username = await world.verified({ roles: ['admin'] })
    const login = () => world.demanding.call('POST', '/auth/login', { body: { username, password } })
    const mfa_token = String((await login()).body.mfa_token)
    const { body } = await world.demanding.call('POST', '/auth/mfa/totp', { body: { mfa_token } })
    return { username, login, mfa_token, id: String(body.id), secret: String(body.secret) }
  }
  async function confirmedAdministrator() {
    const { id, secret, mfa_token, ...rest } = await administrator()
    const { body } = await confirm(world.demanding, id, codeNow(world.demanding, secret), { mfa_token })
    return { ...rest, id, secret, token: String(body.access_token) }
  }
  const fill = async (token: string) => {
    for (let count = 0; count < 5; count++) await addApp(world.service, token)
  }

  return [
    ['listDevices', '200', async () => get('/devices', { token: await access() })],
    [
      'removeDevice',
      '204',
      async () => {
        const user = await enrolled(world.service)
        const [code = ''] = user.recoveryCodes
        const mfa_token = await challenge(world.service, user)
        const body = { mfa_token, method: 'recovery_code', code, remember_device: true }
        const token = String((await post('/mfa/verify', { body })).body.access_token)
        const [device] = (await get('/devices', { token })).body.devices as { id: string }[]
        return world.service.call('DELETE', `/auth/devices/${device?.id}`, { token })
      },
    ],
    [
      'removeDevice',
      'device_not_found',
      async () => world.service.call('DELETE', '/auth/devices/x', { token: await access() }),
    ],
    ['removeDevices', '204', async () => world.service.call('DELETE', '/auth/devices', { token: await access() })],
    [
      'verifyMfa',
      '200',
      async () => {
        const user = await enrolled(world.service)
        return verify(world.service, await challenge(world.service, user), user.recoveryCodes[0] ?? '', 'recovery_code')
      },
    ],
    ['verifyMfa', 'mfa_token_invalid', () => verify(world.service, 'hp_mfa_x', '123456')],
    [
      'verifyMfa',
      'mfa_code_invalid',
      async () => {
        const user = await enrolled(world.service)
        return verify(world.service, await challenge(world.service, user), codeNow(world.service, user.secret))
      },
    ],
    [
      'verifyMfa',
      'email_not_verified',
      async () => {
        const { username, login, secret } = await confirmedAdministrator()
        const mfa_token = String((await login()).body.mfa_token)
        await world.unverify(username)
        return verify(world.demanding, mfa_token, codeNow(world.demanding, secret, 1))
      },
    ],
    [
      'verifyMfa',
      'rate_limited',
      async () => {
        const { strict } = world
        const user = await enrolledBy(strict, await world.newcomerOf(strict))
        return last(3, async () => verify(strict, await challenge(strict, user), wrongCode(strict, user.secret)))
      },
    ],
    [
      'verifyMfa',
      'overloaded',
      async () => {
        const user = await enrolledBy(world.busy, await world.newcomerOf(world.busy))
        const tokens = await Promise.all(Array.from({ length: 24 }, () => challenge(world.busy, user)))
        const [code = ''] = user.recoveryCodes
        return refusedOf(() => verify(world.busy, tokens.pop() ?? '', code, 'recovery_code'))
      },
    ],
    [
      'verifyMfa',
      'cross_site_refused',
      () =>
        post('/mfa/verify', {
          body: { mfa_token: 'hp_mfa_x', method: 'totp', code: '123456' },
          headers: { 'sec-fetch-site': 'cross-site' },
        }),
    ],
    [
      'verifyMfa',
      'cookies_cross_site',
      () =>
        post('/mfa/verify', {
          body: { mfa_token: 'hp_mfa_x', method: 'totp', code: '123456', cookies: true },
          headers: crossSite,
        }),
    ],
    [
      'beginTotp',
      'cookies_cross_site',
      () =>
        post('/mfa/totp', {
          body: { mfa_token: 'hp_mfa_x' },
          headers: { ...crossSite, cookie: '__Host-mfa_challenge=x' },
        }),
    ],
    [
      'confirmTotp',
      'cookies_cross_site',
      () =>
        post(`/mfa/totp/${never}/confirm`, {
          body: { mfa_token: 'hp_mfa_x', code: '123456', cookies: true },
          headers: crossSite,
        }),
    ],
    ['listFactors', '200', async () => get('/mfa', { token: (await enrolled(world.service)).access_token })],
    ['beginTotp', '200', async () => post('/mfa/totp', { token: await access(), body: { name: 'Telephone' } })],
    ['beginTotp', 'session_required', () => post('/mfa/totp', { token: own() })],
    ['beginTotp', 'insufficient_user_authentication', async () => post('/mfa/totp', { token: await weak() })],
    ['beginTotp', 'mfa_token_invalid', () => post('/mfa/totp', { body: { mfa_token: 'hp_mfa_x' } })],
    [
      'beginTotp',
      'factor_limit_reached',
      async () => {
        const token = await access()
        await fill(token)
        return post('/mfa/totp', { token })
      },
    ],
    ['confirmTotp', '200', async () => (await addApp(world.service, await access())).confirmed],
    ['confirmTotp', 'session_required', () => confirm(world.service, never, '123456', { token: own() })],
    [
      'confirmTotp',
      'insufficient_user_authentication',
      async () => confirm(world.service, never, '123456', { token: await weak() }),
    ],
    ['confirmTotp', 'mfa_token_invalid', () => confirm(world.service, never, '123456', { mfa_token: 'hp_mfa_x' })],
    [
      'confirmTotp',
      'mfa_code_invalid',
      async () => {
        const token = await access()
        const { id, secret } = await begun(world.service, token)
        return confirm(world.service, id, wrongCode(world.service, secret), { token })
      },
    ],
    ['confirmTotp', 'factor_not_found', async () => confirm(world.service, never, '123456', { token: await access() })],
    [
      'confirmTotp',
      'email_not_verified',
      async () => {
        const { username, id, secret, mfa_token } = await administrator()
        await world.unverify(username)
        return confirm(world.demanding, id, codeNow(world.demanding, secret), { mfa_token })
      },
    ],
    [
      'confirmTotp',
      'rate_limited',
      async () => {
        const token = await world.newcomerOf(world.strict)
        const { id, secret } = await begun(world.strict, token)
        return last(3, () => confirm(world.strict, id, wrongCode(world.strict, secret), { token }))
      },
    ],
    [
      'confirmTotp',
      'overloaded',
      async () => {
        const token = await world.newcomerOf(world.busy)
        const { id, secret } = await begun(world.busy, token)
        return refusedOf(() => confirm(world.busy, id, codeNow(world.busy, secret), { token }))
      },
    ],
    [
      'removeTotp',
      '204',
      async () => {
        const { access_token, id } = await enrolled(world.service)
        return remove(access_token, id)
      },
    ],
    ['removeTotp', 'session_required', () => remove(own(), never)],
    ['removeTotp', 'insufficient_user_authentication', async () => remove(await weak(), never)],
    ['removeTotp', 'factor_not_found', async () => remove(await access(), never)],
    [
      'removeTotp',
      'mfa_enrollment_required',
      async () => {
        const { id, token } = await confirmedAdministrator()
        return world.demanding.call('DELETE', `/auth/mfa/totp/${id}`, { token })
      },
    ],
    [
      'makeRecoveryCodes',
      '200',
      async () => post('/mfa/recovery_codes', { token: (await enrolled(world.service)).access_token }),
    ],
    ['makeRecoveryCodes', 'session_required', () => post('/mfa/recovery_codes', { token: own() })],
    [
      'makeRecoveryCodes',
      'insufficient_user_authentication',
      async () => post('/mfa/recovery_codes', { token: await weak() }),
    ],
    ['makeRecoveryCodes', 'factor_not_found', async () => post('/mfa/recovery_codes', { token: await access() })],
    [
      'makeRecoveryCodes',
      'overloaded',
      async () => {
        const { token } = await enrolledBy(world.busy, await world.newcomerOf(world.busy))
        return refusedOf(() => world.busy.call('POST', '/auth/mfa/recovery_codes', { token }))
      },
    ],
    [
      'reauthenticate',
      'mfa_code_invalid',
      async () => post('/reauthenticate', { token: await access(), body: { method: 'totp', code: '123456' } }),
    ],
    [
      'changePassword',
      'insufficient_user_authentication',
      async () => post('/password', { token: await weak(), body: change(password) }),
    ],
  ]
}

/** Without a password: its service hashes few at a time. */
async function enrolledBy(service: Service, token: string) {
  const { secret, confirmed } = await addApp(service, token)
  const { access_token, recovery_codes } = confirmed.body as { access_token: string; recovery_codes: string[] }
  const { sub } = service.auth.jwt.decodeToken(access_token)
  const user = await service.auth.users.find(String(sub))
  return { username: user?.username ?? '', secret, recoveryCodes: recovery_codes, token: access_token }
}

/** The challenge of a login that the application begins. */
async function challenge(service: Service, { username }: { readonly username: string }): Promise<string> {
  const user = await service.auth.users.findByUsername(username)
  const refusal: unknown = await service.auth.startSession(user?.id ?? '').catch((error: unknown) => error)
  return refusal instanceof RequestError ? String(refusal.next.mfa_token) : ''
}
