import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { AuthOptions } from '../../src/accounts/options.ts'
import type { Database } from '../../src/store/engine/database.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { openSqliteFile, type TestDatabase } from '../databases.ts'
import { password, refusal, type Service, startService } from './service.ts'

/** How a listener of the application fails. A rejection that no one handles ends the process, and here the run. */
const failures: [how: string, fail: (error: Error) => unknown][] = [
  [
    'throws',
    (error) => {
      throw error
    },
  ],
  ['rejects', (error) => Promise.reject(error)],
]

/** In milliseconds. */
const patience = 120_000

describe.each(failures)('a listener that %s', (how, fail) => {
  let test: TestDatabase
  let database: Database
  let service: Service
  /** The messages of the listeners' own errors that became process warnings. */
  const warnings: string[] = []
  const heard = ({ message }: Error) => void warnings.push(message)
  const listener = (name: string) => (fault: unknown) => fail(new Error(`${how}: ${name} ${textOf(fault)}`))
  const warned = (start: string) => warnings.filter((message) => message.startsWith(`${how}: ${start}`))
  const sent: string[] = []

  beforeAll(async () => {
    process.on('warning', heard)
    test = await openSqliteFile()
    database = await openDatabase(test.url)
    service = await startService(test.url, {
      secret: undefined,
      keyRing: { encryptionSecret: 'a secret of the ring, of 32 bytes or more' },
      url: 'https://id.example',
      pages: '/',
      onEvent: listener('onEvent'),
      onError: listener('onError'),
      onFault: listener('onFault'),
      claimsFor: ({ username }) => {
        if (username.startsWith('broken')) throw new Error(`of ${username}`)
        return {}
      },
      sendMail: async ({ to }) => {
        if (to.startsWith('refused')) throw new Error('no mail today')
        sent.push(to)
      },
    } as Partial<AuthOptions>)
  })
  afterAll(async () => {
    await service.auth.close()
    await database.close()
    await test.drop()
    process.off('warning', heard)
  })

  it('onEvent: the request is answered, and each event becomes one warning', async () => {
    expect((await service.call('POST', '/auth/register', { body: { username: 'alice', password } })).status).toBe(201)
    expect((await service.call('POST', '/auth/login', { body: { username: 'alice', password } })).status).toBe(200)
    await vi.waitFor(() => expect(warned('onEvent')).toContain(`${how}: onEvent login_succeeded`), patience)
    const [registered, ...others] = warned('onEvent').filter((message) => !message.includes('key_'))
    expect([registered, others]).toEqual([`${how}: onEvent user_registered`, [`${how}: onEvent login_succeeded`]])
  })

  it('onError: the client gets the answer for a server error', async () => {
    const body = { username: 'broken for the API', password }
    await service.auth.users.add(body)
    expect(refusal(await service.call('POST', '/auth/login', { body }))).toBe('500 internal_error')
    await vi.waitFor(() => expect(warned('onError of broken for the API')).toHaveLength(1), patience)
  })

  it('onError: a page shows that it failed', async () => {
    const account = { username: 'broken for pages', password }
    await service.auth.users.add(account)
    const form = new URLSearchParams(account)
    const headers = { origin: 'https://id.example', 'sec-fetch-site': 'same-origin' }
    const request = new Request('https://id.example/sign-in', { method: 'POST', headers, body: form })
    const response = await service.auth.handler(request)
    expect([response.status, response.headers.get('content-type')]).toEqual([500, expect.stringContaining('text/html')])
  })

  it('onFault: mail goes on', async () => {
    for (const name of ['refused', 'carol']) {
      const email = `${name}@example.com`
      await service.call('POST', '/auth/register', { body: { username: name, password, email } })
      await service.call('POST', '/auth/email/verification', { body: { email } })
    }
    await vi.waitFor(() => expect(sent).toContain('carol@example.com'), patience)
    await vi.waitFor(() => expect(warned('onFault A mail')).toHaveLength(1), patience)
  })

  it('onFault: the list of revocations is read, and keys are adopted again', async () => {
    await database.sql.schema.alterTable('hallpass_signing_keys').renameTo('out_of_reach').execute()
    await vi.waitFor(() => expect(warned('onFault no such table').length).toBeGreaterThan(0), patience)
    await database.sql.schema.alterTable('out_of_reach').renameTo('hallpass_signing_keys').execute()
    const { access_token: token } = await service.newcomer('dora')
    await service.auth.jwt.ready()
    expect((await service.call('GET', '/auth/me', { token })).status).toBe(200)
  })
})

function textOf(fault: unknown): string {
  const { message, event } = fault as { readonly message?: string; readonly event?: string }
  return String(message ?? event)
}
