import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { password } from '../auth/service.ts'
import { openWholeBrowser } from '../browser.ts'
import { type Authenticator, addAuthenticator } from './authenticator.ts'
import { type PageServer, startPageServer } from './page-server.ts'
import { Person } from './person.ts'

let browser: Browser
let server: PageServer
let one: Person
let key: Authenticator
beforeAll(async () => {
  ;[browser, server] = await Promise.all([openWholeBrowser(), startPageServer({ mfaRoles: ['admin'] })])
  await server.service.auth.users.add({ username: 'alice', password })
  // The client is put into a page of the server, whose policy would not let it send anything.
  one = await Person.at(browser, { hosts: [server.url], bypassCSP: true })
  await one.page.goto(`${server.url}/forgot-password`)
  const { outputFiles } = await build({
    stdin: {
      resolveDir: new URL('../..', import.meta.url).pathname,
      contents: `import { createClient } from './src/client/index.ts'
        globalThis.auth = createClient({ baseUrl: '/auth', mode: 'cookies' })`,
    },
    bundle: true,
    format: 'iife',
    write: false,
  })
  await one.page.evaluate(outputFiles[0]?.text ?? '')
  key = await addAuthenticator(one, { verifiesUser: true })
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

interface Outcome {
  readonly ok: boolean
  readonly code?: string
  readonly value?: Readonly<Record<string, unknown>>
}

const call = (expression: string) => one.page.evaluate<Outcome>(`auth.${expression}`)
const logIn = () => call(`login(${JSON.stringify({ username: 'alice', password })})`)

/** The offer is there once the browser was asked. */
const noteRequests = `(() => {
  globalThis.asked = 0
  const get = navigator.credentials.get.bind(navigator.credentials)
  navigator.credentials.get = (options) => {
    asked += 1
    return get(options)
  }
})()`

describe('the client', () => {
  it('registers a passkey, lists and renames it', async () => {
    await logIn()
    const added = await key.touched(() => call(`passkeys.register({ name: 'Laptop' })`))
    expect(added).toMatchObject({ ok: true, value: { passkey: { name: 'Laptop' }, recovery_codes: { length: 10 } } })
    const id = (added.value?.passkey as { id: string } | undefined)?.id
    expect(await call(`passkeys.rename('${id}', { name: 'Old laptop' })`)).toMatchObject({ ok: true })
    expect(await call('passkeys.list()')).toMatchObject({ ok: true, value: { passkeys: [{ id, name: 'Old laptop' }] } })
  })

  it('signs in with it', async () => {
    await call('logout()')
    expect(await key.touched(() => call('passkeys.signIn()'))).toMatchObject({
      ok: true,
      value: { status: 'signed-in' },
    })
    expect(await call('me()')).toMatchObject({ ok: true, value: { username: 'alice' } })
  })

  it('uses it as the second factor', async () => {
    await call('logout()')
    const { value } = await logIn()
    expect(value).toMatchObject({ status: 'mfa_required', methods: expect.arrayContaining(['passkey']) })
    const given = JSON.stringify({ mfa_token: value?.mfa_token })
    expect(await key.touched(() => call(`passkeys.verifyMfa(${given})`))).toMatchObject({
      ok: true,
      value: { status: 'signed-in' },
    })
  })

  it('proves the user with it', async () => {
    server.service.elapsed += 600
    expect(await key.touched(() => call('passkeys.register()'))).toMatchObject({ ok: false })
    expect(await key.touched(() => call('passkeys.reauthenticate()'))).toMatchObject({ ok: true })
    const again = await key.touched(() => call('passkeys.register()'))
    expect(again).toMatchObject({ ok: false, code: 'passkey_exists' })
    await key.clear()
    expect(await key.touched(() => call('passkeys.register()'))).toMatchObject({ ok: true })
  })

  it('ends the offer of the browser when the button is pressed', async () => {
    await call('logout()')
    await one.page.evaluate(`document.querySelector('input').autocomplete = 'username webauthn'`)
    await one.page.evaluate(noteRequests)
    await one.page.evaluate(`void (globalThis.offered = auth.passkeys.signIn({ conditional: true }))`)
    await one.page.waitForFunction('asked === 1')
    expect(await key.touched(() => call('passkeys.signIn()'))).toMatchObject({ ok: true })
    expect(await one.page.evaluate('offered')).toMatchObject({ ok: false, code: 'passkey_cancelled' })
  })

  it('sets one up that a role requires, and is signed in', async () => {
    await call('logout()')
    await key.clear()
    await server.service.auth.users.add({ username: 'root', password, roles: ['admin'] })
    const { value } = await call(`login(${JSON.stringify({ username: 'root', password })})`)
    expect(value).toMatchObject({ status: 'mfa_enrollment_required' })
    const given = JSON.stringify({ mfa_token: value?.mfa_token, name: 'Key' })
    const added = await key.touched(() => call(`passkeys.register(${given})`))
    expect(added).toMatchObject({
      ok: true,
      value: { status: 'signed-in', passkey: { name: 'Key', verifies_user: true }, recovery_codes: { length: 10 } },
    })
    expect(JSON.stringify(added)).not.toMatch(/hp_(?:rt|dv|mfa)_|eyJ/)
    expect(await call('me()')).toMatchObject({ ok: true, value: { username: 'root' } })
  })

  it('says that the user did not use one', async () => {
    await call('logout()')
    await key.clear()
    expect(await key.touched(() => call('passkeys.signIn()'))).toMatchObject({ ok: false, code: 'passkey_cancelled' })
    expect(one.faults).toEqual([])
  })
})
