import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { ImportRecord } from './columns.ts'
import { readDate } from './date.ts'
import { readers } from './records.ts'

const hash = `pbkdf2:sha256:1000$salt$${'ab'.repeat(32)}`

async function read(
  format: keyof typeof readers,
  text: string,
  plainPasswords = false,
  unwanted?: ReadonlySet<string>,
): Promise<{ records: ImportRecord[]; ignored: string[] }> {
  const ignored = new Set<string>()
  const records: ImportRecord[] = []
  const options = { plainPasswords, ignored, ...(unwanted !== undefined && { unwanted }) }
  for await (const record of readers[format](Readable.from([Buffer.from(text)]), options)) records.push(record)
  return { records, ignored: [...ignored] }
}

describe('a record', () => {
  const read1 = async (record: object, plainPasswords = false) => {
    const { records, ignored } = await read('jsonl', JSON.stringify(record), plainPasswords)
    return { ...(records[0] as ImportRecord), ignored }
  }

  const users: [what: string, record: object, user: object][] = [
    ['with a number for an id', { id: 7, password_hash: hash }, { id: 7, passwordHash: hash }],
    [
      'with empty optional values',
      { id: null, email: '', roles: null, disabled: '', created_at: null, password: hash },
      { passwordHash: hash },
    ],
    ['with a time', { created_at: '2024-03-01T12:00:00Z', password: hash }, { createdAt: new Date(1_709_294_400_000) }],
    ['with a verified address', { email_verified: 'yes', password: hash }, { emailVerified: true }],
    ['with an unverified address', { email_verified: 0, password: hash }, { emailVerified: false }],
    ['with an address whose state is not given', { email_verified: '', password: hash }, { emailVerified: undefined }],
    [
      'with the time when it was verified',
      { email_verified: '2024-03-01 12:00:00', password: hash },
      { emailVerified: new Date(1_709_294_400_000) },
    ],
    [
      'with that time in seconds',
      { email_verified: 1_709_294_400, password: hash },
      { emailVerified: new Date(1_709_294_400_000) },
    ],
    ['with the booleans of other languages', { disabled: 'True', password: hash }, { disabled: true }],
    [
      'locked out by a column of the other system, and let in by disabled',
      { is_active: 0, disabled: false, password: hash },
      { disabled: false },
    ],
    [
      'with identities instead of a password',
      { identities: [{ provider: 'github', subject: 583231, issuer: null, email: '' }], totp: null },
      {
        passwordHash: null,
        identities: [{ provider: 'github', issuer: 'https://github.com/login/oauth', subject: '583231' }],
      },
    ],
    [
      'with lists as in CSV',
      { password: hash, identities: '[{"provider":"google","subject":"1"}]', totp: 'JBSWY3DPEHPK3PXP' },
      {
        identities: [{ provider: 'google', issuer: 'https://accounts.google.com', subject: '1' }],
        totp: ['JBSWY3DPEHPK3PXP'],
      },
    ],
    [
      'with an authenticator app as a URI, and no identity',
      { password: hash, identities: '[]', totp: '["otpauth://totp/a?secret=JBSWY3DPEHPK3PXP"]' },
      { totp: ['otpauth://totp/a?secret=JBSWY3DPEHPK3PXP'] },
    ],
    [
      'with identities at unknown providers, or ones with many issuers',
      {
        identities: [
          { provider: 'microsoft', subject: '1' },
          { provider: 'gitlab', subject: '1' },
          { provider: 'gitlab', issuer: 'https://git.work.test', subject: '1' },
          { provider: 'work', issuer: 'https://a.test', subject: '1' },
        ],
      },
      {
        identities: [
          { provider: 'microsoft', issuer: '' },
          { provider: 'gitlab', issuer: '' },
          { provider: 'gitlab', issuer: 'https://git.work.test' },
          { provider: 'work', issuer: 'https://a.test' },
        ],
      },
    ],
    [
      'that has a verified address and no password',
      { email: 'a@example.com', email_verified: 1, password_hash: '' },
      { passwordHash: null },
    ],
    ['that no column locks out', { IS_ACTIVE: 'yes', banned: false, deleted_at: null, password: hash }, {}],
  ]
  it.each(users)('%s is a user', async (_what, record, user) => {
    expect((await read1({ username: 'alice', ...record })).user).toMatchObject({ username: 'alice', ...user })
  })

  const refused: [what: string, record: object, fault: RegExp][] = [
    ['no password', { password: null }, /^password_hash: /],
    ['a verified address, and no column for the password', { email_verified: true }, /^password_hash: /],
    ['an unverified address and no password', { email_verified: false, password_hash: null }, /^password_hash: /],
    ['an unclear state', { password: hash, disabled: 'perhaps' }, /^disabled: Neither true nor false$/],
    ['a list as its id', { id: [], password: hash }, /^id: Neither a string nor a number$/],
    ['a number as its address', { email: 5, password: hash }, /^email: Not a string$/],
    ['a number as its roles', { password: hash, roles: 5 }, /^roles: Not a list of strings$/],
    ['invalid identities', { password: hash, identities: 'google' }, /^identities: Not a list of objects/],
    [
      'an identity without a subject',
      { password: hash, identities: [{ provider: 'google' }] },
      /^identities: Not a list of objects with provider and subject/,
    ],
    ['an app that is not a string', { password: hash, totp: [7] }, /^totp: Neither a string nor a list of strings$/],
    ['an encrypted app', { password: hash, totp: 'ab'.repeat(72) }, /^totp: .*--better-auth-secret-file/],
    ['a password and a hash', { password: 'x', password_hash: hash }, /^password: .*remove one/],
    ['a password that is a number', { password: 1234 }, /^password: /],
    ['an invalid time', { password: hash, created_at: 'yesterday' }, /^created_at: Not a time such as/],
    [
      'an address with an unclear state',
      { password: hash, email_verified: 'maybe' },
      /^email_verified: Neither true nor false, nor a time/,
    ],
    ['a user who is not active', { password: hash, is_active: false }, /^is_active: /],
    ['a user who is banned', { password: hash, Banned: 'yes' }, /^banned: /],
    ['a user who was deleted', { password: hash, deleted_at: '2024-01-01' }, /^deleted_at: /],
    ['an unclear boolean', { password: hash, active: 'perhaps' }, /^active: /],
  ]
  it.each(refused)('with %s is refused', async (_what, record, fault) => {
    expect((await read1({ username: 'alice', ...record }, true)).fault).toMatch(fault)
  })

  const kept: [what: string, record: object, plainPasswords: boolean, expected: object][] = [
    ['hash of ours, which is recognised', { password: hash }, true, { user: { passwordHash: hash } }],
    ['password', { password: 'test' }, false, { isPlainPassword: true }],
    ['password, asked for', { password: 'test' }, true, { user: { plainPassword: 'test' } }],
    ['password in password_hash', { password_hash: 'test' }, false, { isPlainPassword: true }],
    ['password in password_hash, asked for', { password_hash: 'test' }, true, { user: { plainPassword: 'test' } }],
    [
      'digest in password_hash',
      { password_hash: 'qUqP5cyxm6YcTAhz05Hph5gvu9M=' },
      true,
      { fault: expect.stringMatching(/unknown format/) },
    ],
    [
      'hash in an unknown format',
      { password: '5f4dcc3b5aa765d61d8327deb882cf99' },
      false,
      { fault: expect.stringMatching(/unknown format/) },
    ],
  ]
  it.each(kept)('with a %s', async (_what, record, plainPasswords, expected) => {
    expect(await read1({ username: 'alice', ...record }, plainPasswords)).toMatchObject(expected)
  })

  it('does without the columns to ignore', async () => {
    const row = { username: 'alice', password: hash, is_active: false, email: 'a b', full_name: 'A', age: 7 }
    const unwanted = new Set(['is_active', 'email', 'full_name'])
    const { records, ignored } = await read('jsonl', JSON.stringify(row), false, unwanted)
    expect(records).toMatchObject([{ user: { username: 'alice' }, raw: row }])
    expect(records[0]?.user).not.toHaveProperty('email')
    expect(ignored).toEqual(['age'])
  })

  it('has its other columns reported, up to a limit', async () => {
    expect((await read1({ username: 'alice', password: hash, full_name: 'A', is_active: true })).ignored).toEqual([
      'full_name',
      'is_active',
    ])
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, number) => [`column${number}`, 1]))
    expect((await read1({ username: 'alice', password: hash, ...wide })).ignored).toHaveLength(100)
  })
})

it('invalid CSV is reported in order, among the other records', async () => {
  const lines = Array.from({ length: 300 }, (_, number) =>
    number % 100 === 50 ? 'user,pass"word' : `user${number},${hash}`,
  )
  const { records } = await read('csv', `username,password_hash\n${lines.join('\n')}\n`)
  expect(records.map(({ line }) => line)).toEqual(lines.map((_, number) => number + 2))
  expect(JSON.stringify(records.map(({ fault }) => fault))).not.toMatch(/word|pass/)
  expect(records.filter(({ fault }) => fault !== undefined).map(({ line }) => line)).toEqual([52, 152, 252])
})

describe('a time', () => {
  const noon = '2024-03-01T12:00:00.000Z'
  const times: [text: string | number, iso: string | undefined][] = [
    ['2024-03-01T12:00:00Z', noon],
    ['2024-03-01 12:00:00', noon],
    ['2024-03-01T12:00', noon],
    ['2024-03-01 12:00:00.123456', '2024-03-01T12:00:00.123Z'],
    ['2024-03-01 14:00:00+02', noon],
    ['2024-03-01 12:00:00.000000+00:00', noon],
    ['2024-03-01T06:30:00-0530', noon],
    ['2024-03-01', '2024-03-01T00:00:00.000Z'],
    ['Fri, 01 Mar 2024 12:00:00 GMT', noon],
    [1_709_294_400, noon],
    [1_709_294_400_000, noon],
    ['1709294400', noon],
    ['1709294400.5', '2024-03-01T12:00:00.500Z'],
    ['2024-02-30', undefined],
    ['2024-02-30 12:00:00', undefined],
    ['2024-13-01', undefined],
    ['2024-03-01T25:00:00Z', undefined],
    ['01/03/2024', undefined],
    ['1 March 2024', undefined],
    ['12:00', undefined],
    ['', undefined],
    [1e300, undefined],
  ]
  it.each(times)('%j is %s', (text, iso) => {
    expect(readDate(text)?.toISOString()).toBe(iso)
  })
})
