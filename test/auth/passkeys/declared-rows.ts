import type { Row } from '../declared-rows.ts'
import { crossSite, last, never, refusedOf, type World } from '../declared-world.ts'
import { addApp, codeNow } from '../mfa/authenticator.ts'
import { password, type Reply, type Service } from '../service.ts'
import { Authenticator, type Ceremony } from './authenticator.ts'

interface Challenge {
  readonly options: never
  readonly challenge_token: string
}

/** A request for each answer and each refusal that the endpoints of passkeys declare, and those of others for passkeys. */
export function passkeyRowsOf(world: World): Row[] {
  const { named, access, own, post, get } = world

  async function ask(
    service: Service,
    path: string,
    given: { token?: string; body?: object } = {},
  ): Promise<Challenge> {
    return (await service.call('POST', `/auth${path}`, given)).body as unknown as Challenge
  }
  async function register(service: Service, token: string, authenticator = new Authenticator()): Promise<Reply> {
    const { options, challenge_token } = await ask(service, '/passkeys/options', { token })
    // Where no more can be begun, an earlier challenge would still be there.
    const body = { challenge_token: challenge_token ?? 'x', credential: options ? authenticator.create(options) : {} }
    return service.call('POST', '/auth/passkeys', { token, body })
  }
  async function owner(service: Service, token: string) {
    const authenticator = new Authenticator()
    const { body } = await register(service, token, authenticator)
    const { passkey, access_token } = body as { passkey: { id: string }; access_token: string }
    return { authenticator, id: passkey.id, token: access_token }
  }
  const newOwner = async () => owner(world.service, await access())
  /** Of a user with a passkey, a session that has proven the password alone. */
  async function weak(): Promise<string> {
    const { token } = await newOwner()
    return String((await post('/reauthenticate', { token, body: { password } })).body.access_token)
  }
  async function signIn(service: Service, authenticator: Authenticator, odd: Partial<Ceremony> = {}): Promise<Reply> {
    const { options, challenge_token } = await ask(service, '/login/passkey/options')
    const body = { challenge_token, credential: authenticator.get(options, odd) }
    return service.call('POST', '/auth/login/passkey', { body })
  }
  async function full(): Promise<{ readonly token: string; readonly begun: Challenge; readonly last: Authenticator }> {
    let token = await access()
    const [begun, spare] = [await ask(world.service, '/passkeys/options', { token }), new Authenticator()]
    for (let count = 0; count < 20; count++) token = (await owner(world.service, token)).token
    return { token, begun, last: spare }
  }
  /** An administrator, whose role demands a factor, with a passkey alone. */
  async function administrator() {
    const { demanding } = world
    const username = await world.verified({ roles: ['admin'] })
    const { body } = await demanding.call('POST', '/auth/login', { body: { username, password } })
    const { mfa_token } = body
    const { id, secret } = (await demanding.call('POST', '/auth/mfa/totp', { body: { mfa_token } })).body
    const code = codeNow(demanding, String(secret))
    const confirmed = await demanding.call('POST', `/auth/mfa/totp/${id}/confirm`, { body: { code, mfa_token } })
    const passkey = await owner(demanding, String(confirmed.body.access_token))
    return { username, app: String(id), ...passkey }
  }
  const remove = (token: string, id: string, service = world.service) =>
    service.call('DELETE', `/auth/passkeys/${id}`, { token })
  const rename = (token: string, id: string) =>
    world.service.call('PATCH', `/auth/passkeys/${id}`, { token, body: { name: 'laptop' } })
  const anything = { challenge_token: 'x', credential: {} }
  async function challenged(): Promise<string> {
    const username = named()
    const { access_token } = await world.service.newcomer(username)
    await addApp(world.service, access_token)
    return String((await post('/login', { body: { username, password } })).body.mfa_token)
  }

  return [
    ['listPasskeys', '200', async () => get('/passkeys', { token: (await newOwner()).token })],
    ['registerPasskeyOptions', '200', async () => post('/passkeys/options', { token: await access() })],
    ['registerPasskeyOptions', 'session_required', () => post('/passkeys/options', { token: own() })],
    [
      'registerPasskeyOptions',
      'insufficient_user_authentication',
      async () => post('/passkeys/options', { token: await weak() }),
    ],
    [
      'registerPasskeyOptions',
      'factor_limit_reached',
      async () => post('/passkeys/options', { token: (await full()).token }),
    ],
    [
      'registerPasskeyOptions',
      'mfa_token_invalid',
      () => post('/passkeys/options', { body: { mfa_token: 'hp_mfa_x' } }),
    ],
    [
      'registerPasskeyOptions',
      'cookies_cross_site',
      () =>
        post('/passkeys/options', {
          body: { mfa_token: 'hp_mfa_x' },
          headers: { ...crossSite, cookie: '__Host-mfa_challenge=x' },
        }),
    ],
    ['registerPasskey', '201', async () => register(world.service, await access())],
    ['registerPasskey', 'mfa_token_invalid', () => post('/passkeys', { body: { ...anything, mfa_token: 'hp_mfa_x' } })],
    [
      'registerPasskey',
      'cookies_cross_site',
      () => post('/passkeys', { body: { ...anything, mfa_token: 'hp_mfa_x', cookies: true }, headers: crossSite }),
    ],
    [
      'registerPasskey',
      'email_not_verified',
      async () => {
        const { demanding } = world
        const username = await world.verified({ roles: ['admin'] })
        const { body } = await demanding.call('POST', '/auth/login', { body: { username, password } })
        const { mfa_token } = body
        const { options, challenge_token } = await ask(demanding, '/passkeys/options', { body: { mfa_token } })
        await world.unverify(username)
        const credential = new Authenticator().create(options)
        return demanding.call('POST', '/auth/passkeys', { body: { mfa_token, challenge_token, credential } })
      },
    ],
    ['registerPasskey', 'session_required', () => post('/passkeys', { token: own(), body: anything })],
    [
      'registerPasskey',
      'insufficient_user_authentication',
      async () => post('/passkeys', { token: await weak(), body: anything }),
    ],
    ['registerPasskey', 'passkey_invalid', async () => post('/passkeys', { token: await access(), body: anything })],
    [
      'registerPasskey',
      'factor_limit_reached',
      async () => {
        const { token, begun, last } = await full()
        const body = { challenge_token: begun.challenge_token, credential: last.create(begun.options) }
        return post('/passkeys', { token, body })
      },
    ],
    [
      'registerPasskey',
      'overloaded',
      async () => {
        const token = await world.newcomerOf(world.busy)
        return refusedOf(() => register(world.busy, token))
      },
    ],
    [
      'renamePasskey',
      '200',
      async () => {
        const { token, id } = await newOwner()
        return rename(token, id)
      },
    ],
    ['renamePasskey', 'passkey_not_found', async () => rename(await access(), never)],
    [
      'removePasskey',
      '204',
      async () => {
        const { token, id } = await newOwner()
        return remove(token, id)
      },
    ],
    ['removePasskey', 'session_required', () => remove(own(), never)],
    ['removePasskey', 'insufficient_user_authentication', async () => remove(await weak(), never)],
    ['removePasskey', 'passkey_not_found', async () => remove(await access(), never)],
    [
      'removePasskey',
      'last_way_in',
      async () => {
        const { token, id, authenticator } = await newOwner()
        await world.service.call('DELETE', '/auth/password', { token })
        // The access tokens of before are revoked.
        const { body } = await signIn(world.service, authenticator)
        return remove(String(body.access_token), id)
      },
    ],
    [
      'removePasskey',
      'mfa_enrollment_required',
      async () => {
        const { token, id, app } = await administrator()
        await world.demanding.call('DELETE', `/auth/mfa/totp/${app}`, { token })
        return remove(token, id, world.demanding)
      },
    ],
    ['passkeyLoginOptions', '200', () => post('/login/passkey/options', {})],
    ['loginWithPasskey', '200', async () => signIn(world.service, (await newOwner()).authenticator)],
    ['loginWithPasskey', 'passkey_invalid', () => post('/login/passkey', { body: anything })],
    [
      'loginWithPasskey',
      'email_not_verified',
      async () => {
        const { username, authenticator } = await administrator()
        await world.unverify(username)
        return signIn(world.demanding, authenticator)
      },
    ],
    [
      'loginWithPasskey',
      'rate_limited',
      async () => {
        const { authenticator } = await owner(world.strict, await world.newcomerOf(world.strict))
        return last(3, () => signIn(world.strict, authenticator, { counter: 1, isUserVerified: false }))
      },
    ],
    [
      'loginWithPasskey',
      'cross_site_refused',
      () => post('/login/passkey', { body: anything, headers: { 'sec-fetch-site': 'cross-site' } }),
    ],
    [
      'loginWithPasskey',
      'cookies_cross_site',
      () => post('/login/passkey', { body: { ...anything, cookies: true }, headers: crossSite }),
    ],
    [
      'passkeyFactorOptions',
      '200',
      async () => post('/mfa/passkey/options', { body: { mfa_token: await challenged() } }),
    ],
    [
      'passkeyFactorOptions',
      'mfa_token_invalid',
      () => post('/mfa/passkey/options', { body: { mfa_token: 'hp_mfa_x' } }),
    ],
    [
      'passkeyReauthenticationOptions',
      '200',
      async () => post('/reauthenticate/passkey/options', { token: await access() }),
    ],
    [
      'passkeyReauthenticationOptions',
      'session_required',
      () => post('/reauthenticate/passkey/options', { token: own() }),
    ],
    [
      'verifyMfa',
      'passkey_invalid',
      async () => post('/mfa/verify', { body: { mfa_token: await challenged(), method: 'passkey', ...anything } }),
    ],
    [
      'reauthenticate',
      'passkey_invalid',
      async () => post('/reauthenticate', { token: await access(), body: anything }),
    ],
  ]
}
