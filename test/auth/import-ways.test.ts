import type { ImportedUser, ImportOutcome } from 'hallpass/auth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { codeNow, verify } from './mfa/authenticator.ts'
import { password, refusal, type Service, startService } from './service.ts'

const seed = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const google = { provider: 'google', issuer: 'https://accounts.google.com', subject: '1098' }
const plain = { plainPassword: password }

describe.each(databases)('imported accounts with other ways in, on $name', ({ open }) => {
  let database: TestDatabase
  let service: Service
  beforeAll(async () => {
    database = await open()
    service = await startService(database.url)
  })
  afterAll(async () => {
    await service?.auth.close()
    await database.drop()
  })

  const codeOf = (outcome: ImportOutcome): string => {
    if (outcome.user !== undefined) return outcome.wasThere ? 'there' : 'added'
    return outcome.refusal.members[0]?.member ?? outcome.refusal.code
  }
  const importAll = async (users: readonly ImportedUser[], options = {}) =>
    (await service.auth.users.importAll(users, options)).map(codeOf)
  const login = (username: string) => service.call('POST', '/auth/login', { body: { username, password } })

  it('are added with them, once', async () => {
    const users: ImportedUser[] = [
      { username: 'alice', identities: [google, { provider: 'work', issuer: 'https://id.test', subject: 'a' }] },
      { username: 'bob', ...plain, totp: [seed, `otpauth://totp/x:bob?secret=${seed.toLowerCase()}&issuer=x`] },
      { username: 'carol', ...plain, identities: [google] },
      { username: 'dora', email: 'dora@example.com', emailVerified: true, passwordHash: null },
    ]
    const expected = ['added', 'added', 'identities', 'added']
    expect(await importAll(users, { dryRun: true })).toEqual(expected)
    expect(await importAll(users)).toEqual(expected)
    expect(await importAll(users)).toEqual(['there', 'there', 'identities', 'there'])
    expect((await service.auth.users.findByUsername('bob'))?.secondFactors).toBe(1)
    expect(await service.auth.users.findByUsername('carol')).toBeUndefined()
    const { sql, close } = await openDatabase(database.url)
    const { id = '' } = (await service.auth.users.findByUsername('alice')) ?? {}
    const rows = await sql
      .selectFrom('hallpass_identities')
      .selectAll()
      .where('user_id', '=', id)
      .orderBy('issuer')
      .execute()
    const [app] = await sql.selectFrom('hallpass_totp').selectAll().execute()
    await close()
    expect(
      rows.map(({ provider, issuer, subject, last_used_at }) => [provider, issuer, subject, last_used_at]),
    ).toEqual([
      ['google', 'https://accounts.google.com', '1098', null],
      ['work', 'https://id.test', 'a', null],
    ])
    expect(app?.sealed).not.toContain(seed)
  })

  it('ask for a code from then on, each once', async () => {
    await importAll([
      { username: 'gus', ...plain, totp: [seed] },
      { username: 'hal', identities: [{ ...google, subject: 'h' }] },
    ])
    const asked = await login('gus')
    expect([refusal(asked), asked.body.methods]).toEqual(['403 mfa_required', ['totp']])
    const code = codeNow(service, seed)
    expect((await verify(service, String(asked.body.mfa_token), code)).status).toBe(200)
    const second = await login('gus')
    expect(refusal(await verify(service, String(second.body.mfa_token), code))).toBe('401 mfa_code_invalid')
    expect(refusal(await login('hal'))).toBe('401 invalid_credentials')
  })

  it('are not taken for those that are there without them', async () => {
    await importAll([
      { username: 'eve', ...plain },
      { username: 'fay', ...plain },
    ])
    expect(
      await importAll([
        { username: 'eve', ...plain, totp: [seed] },
        { username: 'fay', ...plain, identities: [{ ...google, subject: '1' }] },
        { username: 'fay', ...plain },
      ]),
    ).toEqual(['totp', 'identities', 'there'])
    expect((await login('eve')).status).toBe(200)
  })

  const refused: [what: string, ways: object, member: string][] = [
    ['a name of no provider', { identities: [{ ...google, provider: 'Sign in' }] }, 'identities'],
    ['no issuer', { identities: [{ ...google, issuer: '' }] }, 'identities'],
    ['no subject', { identities: [{ ...google, subject: '' }] }, 'identities'],
    ['a subject with a line in it', { identities: [{ ...google, subject: 'a\nb' }] }, 'identities'],
    ['an identity whose address is none', { identities: [{ ...google, subject: '2', email: 'g@' }] }, 'identities'],
    ['an identity twice', { identities: [google, google] }, 'identities'],
    ['an empty secret', { totp: [''] }, 'totp'],
    ['a short secret', { totp: ['JBSWY3DPEHPK3'] }, 'totp'],
    ['a secret that was cut', { totp: [`${seed}A`] }, 'totp'],
    ['a secret in another alphabet', { totp: ['0189JBSWY3DPEHPK'] }, 'totp'],
    ['an app of eight digits', { totp: [`otpauth://totp/x?secret=${seed}&digits=8`] }, 'totp'],
    ['an app with SHA-256', { totp: [`otpauth://totp/x?secret=${seed}&algorithm=SHA256`] }, 'totp'],
    ['megabytes of padding', { totp: [`${'='.repeat(8_000_000)}A`] }, 'totp'],
    ['an app that counts', { totp: [`otpauth://hotp/x?secret=${seed}&counter=1`] }, 'totp'],
    ['six apps', { totp: [2, 3, 4, 5, 6, 7].map((one) => seed.slice(0, -1) + one) }, 'totp'],
    ['no password and an address that no one proved', { passwordHash: null, email: 'g@example.com' }, 'password'],
  ]
  it('are refused with what cannot be kept', async () => {
    const users = refused.map(([, ways], n) => {
      return { username: `refused${n}`, ...('passwordHash' in ways ? {} : plain), ...ways } as ImportedUser
    })
    expect(await importAll(users)).toEqual(refused.map(([, , member]) => member))
  })
})
