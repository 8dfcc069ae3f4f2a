import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuthOptions, createAuth } from 'hallpass/auth'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openCore } from '../../src/core/open-core.ts'
import { setUpMail } from '../../src/mail/open-mail.ts'
import { queueMail } from '../../src/mail/outbox/outbox.ts'
import { makeServerSecret } from '../../src/secrets/server-secret.ts'
import { generateKey, importKey } from '../../src/token/keys/import-key.ts'
import { exportJwk } from '../../src/token/keys/jwk.ts'
import { KeySet } from '../../src/token/keys/key-set.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { eventually } from '../nodes/node.ts'
import { openFilesOf } from '../open-files.ts'
import { query } from '../postgres.ts'
import { runHallpass } from '../server/process.ts'
import { secret } from './service.ts'

const url = 'https://id.example'
const otherSecret = 'an0ther-s3cret-that-is-also-long-enough-for-it'

describe.each(databases)('createAuth that fails on $name', ({ name, open }) => {
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-start-'))
  let test: TestDatabase
  beforeAll(async () => {
    mkdirSync(join(folder, 'folder.svg'))
    writeFileSync(join(folder, 'large.svg'), ' '.repeat(100 * 1024 + 1))
    test = await open()
    const ring = await createAuth({ database: test.url, keyRing: { encryptionSecret: secret } })
    await ring.close()
    // So that a mailer that runs has something to send.
    const core = await openCore({ database: test.url })
    const secrets = makeServerSecret([secret])
    const mail = setUpMail({ url, sendMail, mailLocale: 'en' }, { pagesUrlOf: () => `${url}/id`, secrets })
    const params = { username: 'alice', link: `${url}/id/reset-password#token=hp_x`, code: '83749261', minutes: 30 }
    await core.database.transaction(async (trx) => {
      if (mail === undefined) throw new Error('Mail is off')
      const parts = { outbox: mail.outbox, now: core.now }
      await queueMail(trx, parts, { template: 'reset_password', recipient: 'a@id.example', params })
    })
    await core.close()
  })
  afterAll(async () => {
    await test.drop()
    rmSync(folder, { recursive: true })
  })

  const sent: unknown[] = []
  const faults: unknown[] = []
  const sendMail = async (mail: unknown) => {
    sent.push(mail)
  }

  /** What this process has open of the database. */
  async function opened(): Promise<unknown[]> {
    if (name === 'PostgreSQL') {
      const database = new URL(test.url).pathname.slice(1)
      const text = `SELECT application_name FROM pg_stat_activity WHERE datname = '${database}'`
      return query(inject('postgresUrl'), text)
    }
    return openFilesOf(test.url.slice('sqlite:'.length))
  }

  const logo = (file: string) => ({ pages: '/', url, brandLogo: join(folder, file) })
  const publicKeys = () => new KeySet([importKey({ jwk: exportJwk(generateKey('ES256')) })])
  const mistakes: [what: string, options: () => Partial<AuthOptions>, code: string][] = [
    ['a logo that does not exist', () => logo('missing.svg'), 'option_invalid'],
    ['a logo that is a folder', () => logo('folder.svg'), 'option_invalid'],
    ['a logo that is too large', () => logo('large.svg'), 'option_invalid'],
    ['pages without cookies', () => ({ pages: '/id', url, accessCookiePath: '/api' }), 'option_invalid'],
    ['a provider without its parts', () => ({ providers: { google: { clientId: '' } } }), 'option_invalid'],
    ['templates that are none', () => ({ mailTemplates: 'en' }) as unknown as Partial<AuthOptions>, 'option_invalid'],
    ['a Valkey that is none', () => ({ valkey: 'http://127.0.0.1' }), 'option_invalid'],
    ['keys that cannot sign', () => ({ secret: undefined, keys: publicKeys() }), 'key_missing'],
    [
      'keys that are encrypted with another secret',
      () => ({ secret: undefined, keyRing: { encryptionSecret: otherSecret } }),
      'secret_mismatch',
    ],
  ]
  it.each(mistakes)('because of %s leaves nothing behind', async (_what, options, code) => {
    const given = { database: test.url, secret, url, sendMail, onFault: (error: unknown) => faults.push(error) }
    await expect(createAuth({ ...given, ...options() } as AuthOptions)).rejects.toMatchObject({ code })
    // PostgreSQL ends the process of a connection some time after the client has closed it.
    if (name === 'PostgreSQL') await eventually(async () => expect(await opened()).toEqual([]))
    else expect(await opened()).toEqual([])
    expect([sent, faults]).toEqual([[], []])
  })

  it('lets a command end that was started with the same mistake', async () => {
    const args = ['serve', '--port', '0', '--database', test.url, '--brand-logo', join(folder, 'missing.svg')]
    const { exitCode, stderr } = await runHallpass(args, { env: { HALLPASS_ENCRYPTION_SECRET: secret } })
    expect(exitCode).toBe(78)
    expect(stderr).toContain('brandLogo')
  })
})
