import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { authDefaults, optionRows } from '../src/accounts/options.ts'
import { hashingOptions, limitOptions, limitSettings } from '../src/accounts/passwords/options.ts'
import type { OptionRow, SettingRow } from '../src/core/settings/setting.ts'
import { JwtManager } from '../src/guard/jwt-manager.ts'
import { keySecrets, keySettings } from '../src/keys/options.ts'
import { defaultMaxAgeSeconds } from '../src/revocations/remote-options.ts'
import { readSetting } from '../src/server/config/setting-schemas.ts'
import { settings, table } from '../src/server/config/settings.ts'
import { secretAlgorithm } from '../src/token/keys/import-key.ts'
import { remoteKeysDefaults } from '../src/token/remote/remote-keys-options.ts'

// Each default is in its row, in the doc comment of its member and in the documents. Changing only one of them fails a
// test that names the setting.

const root = new URL('..', import.meta.url).pathname
const read = (path: string) => readFileSync(root + path, 'utf8')
const rows = (some: object) => Object.entries<OptionRow<unknown>>(some as Record<string, OptionRow<unknown>>)
/** The text without the marks around code, which the command line shows in quotation marks. */
const plain = (text: string) => text.replace(/[`']/g, '').replace(/^./, (letter) => letter.toLowerCase())
const groups = {
  keyRing: { ...keySecrets, ...keySettings },
  passwords: hashingOptions,
  limits: { ...limitSettings, ...limitOptions },
}

describe('docs/operations.md', () => {
  const lines = [
    ...read('docs/operations.md').matchAll(
      /^\| (?:`(--[a-z-]+)`)? ?\| `(HALLPASS_\w+)` \| (?:`([^`]*)`)? ?\| (.*) \|$/gm,
    ),
  ]
  const lineOf = new Map(lines.map(([, flag, variable, standard, text]) => [variable, { flag, standard, text }]))

  it('lists each setting, and no other', () => {
    expect(lines.map(([, , variable]) => variable)).toEqual(settings.map(({ variable }) => variable))
  })

  it.each(settings)(
    'states the flag, the default and the text of $name',
    ({ flag, variable, isSecret, ...setting }) => {
      const { text = '', ...line } = lineOf.get(variable) ?? {}
      expect(line).toEqual({ flag: isSecret ? undefined : flag, standard: setting.default })
      expect(plain(text).startsWith(plain(setting.about)), `${text} begins with ${setting.about}`).toBe(true)
    },
  )
})

describe('docs/options.md on createAuth', () => {
  const [, page = ''] = read('docs/options.md').split('## Accounts')
  const lines = [...page.matchAll(/^\| `(\w+)` \| ?([^|]*?) ?\| (.*) \|$/gm)]
  const lineOf = new Map(lines.map(([, name, standard, text]) => [name, { standard, text }]))

  it('lists each option, and no other', () => {
    expect(lines.map(([, name]) => name).sort()).toEqual(Object.keys(optionRows).sort())
  })

  it.each(rows(optionRows))('states the default and the text of %s', (_name, { about, default: standard }) => {
    const { text = '', standard: stated } = lineOf.get(_name) ?? {}
    expect(plain(text).startsWith(plain(about)), `${text} begins with ${about}`).toBe(true)
    if (standard === undefined) expect(stated).not.toMatch(/^(?:\d|true|false)/)
    else expect(stated).toBe(String(standard) || 'none')
  })

  const members = Object.entries(groups).flatMap(([group, members]) =>
    rows(members).map(([name, row]) => [`${group}.${name}`, name, row.default, lineOf.get(group)?.text ?? ''] as const),
  )
  it.each(members)('states the default of %s', (_path, name, standard, text) => {
    // A default that depends on the machine is stated for at least four processors.
    const stated = name === 'hashesAtOnce' ? 8 : standard
    expect(text).toMatch(new RegExp(`\`${name}\`${stated === undefined ? '' : ` \\(${stated}\\b`}`))
  })
})

describe('the comment of an option', () => {
  const sources = [
    'core/settings/options',
    'keys/options',
    'accounts/options',
    'accounts/settings',
    'accounts/page-settings',
    'accounts/passwords/options',
    'mail/options',
    'revocations/remote-options',
    'token/remote/remote-keys-options',
  ]
  const comments = sources.flatMap((file) =>
    [...read(`src/${file}.ts`).matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+readonly (\w+)\??:/g)].map(
      ([, comment = '', name = '']) => [name, comment.replace(/\s+\*?\s*/g, ' ')] as const,
    ),
  )
  // Remote keys also have an `algorithm`, without a default. In reverse order, that of the key ring wins.
  const commentOf = new Map(comments.toReversed())
  const ofRemotes = Object.entries({ ...remoteKeysDefaults, maxAgeSeconds: defaultMaxAgeSeconds })
  const stated = [...rows(optionRows), ...Object.values(groups).flatMap(rows)].flatMap(([name, row]) =>
    row.default === undefined || name === 'hashesAtOnce' ? [] : [[name, row.default] as const],
  )

  it.each([...stated, ...ofRemotes])('states the default of %s, %s', (name, standard) => {
    const grouped = typeof standard === 'number' ? standard.toLocaleString('en-US') : String(standard)
    const ways = [String(standard) || 'None', grouped, `\`${standard}\``]
    const statements = ways.flatMap((way) => [`${way} by default`, `${way} (`])
    expect(
      statements.some((statement) => commentOf.get(name)?.includes(statement)),
      commentOf.get(name),
    ).toBe(true)
  })
})

describe('the comment of an option of JwtManager', () => {
  const manager = new JwtManager({ secret: 'a secret of more than thirty-two bytes' })
  const comments = [
    ...read('src/guard/options/options.ts').matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+readonly (\w+)\?:/g),
  ]
  const stated = comments.flatMap(([, comment = '', name = '']) => {
    const standard = manager.settings[name as keyof typeof manager.settings]
    return typeof standard === 'number' || typeof standard === 'boolean' ? [[name, standard, comment] as const] : []
  })

  it.each(stated)('states the default of %s, %s', (_name, standard, comment) => {
    const [, written] = /([^\s`]+)`?(?: \([^)]*\))? by default/.exec(comment) ?? []
    expect([undefined, 'Off', 'Not', String(standard), standard.toLocaleString('en-US')]).toContain(written)
  })
})

describe('a default', () => {
  const own = [...rows(table), ...rows(optionRows), ...Object.values(groups).flatMap(rows)]
  it.each(own.filter(([, row]) => row.default !== undefined))('is accepted by its own check: %s', (_name, row) => {
    expect(row.schema.safeParse(row.default).error).toBeUndefined()
  })

  it.each(settings.filter((setting) => setting.default !== undefined))(
    'of $name can be written',
    ({ name, ...setting }) => {
      const row: SettingRow<unknown> = table[name]
      expect(readSetting(row, setting.default ?? '')).toEqual({ value: row.default })
    },
  )
})

describe('the values that an option can have', () => {
  // Change them on purpose with `npx vitest run test/settings.test.ts -u`, and say so in the changelog.
  const own = { ...table, ...optionRows, ...hashingOptions, ...limitSettings, ...limitOptions }
  it.each(rows(own))('are as agreed: %s', (name, { schema, default: standard }) => {
    const { $schema: _, ...values } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
    const ofMachine = name === 'hashesAtOnce' ? 'twice the processors, at most 8' : standard
    expect(JSON.stringify({ default: ofMachine, ...values })).toMatchSnapshot()
  })
})

/** The value of a number that a file of src has a name for. */
function constantOf(file: string, name: string): number {
  const [, text = ''] =
    new RegExp(`^(?:export )?const ${name}(?:: number)? = ([\\d_* ]+)$`, 'm').exec(read(`src/${file}.ts`)) ?? []
  return text.split('*').reduce((product, factor) => product * Number(factor.replaceAll('_', '')), 1)
}

describe('a number that is no setting', () => {
  const times = new Map([
    [60, 'minute'],
    [300, 'five minutes'],
    [600, 'ten minutes'],
    [86_400, '24 hours'],
    [604_800, 'week'],
  ])
  const time = (seconds: number) => times.get(seconds) ?? `${seconds} seconds`
  const grouped = (count: number) => count.toLocaleString('en-US')
  const statements: [file: string, name: string, page: string, sentence: (value: number) => string][] = [
    ['routes/http/read/body', 'maxBodyBytes', 'operations', (bytes) => `| body | ${bytes / 1024} kB |`],
    ['server/connections', 'mostConnections', 'operations', (most) => `all ${grouped(most)} connections are in use`],
    ['routes/http/run', 'atOnce', 'operations', (most) => `| ${most} that need only the database`],
    ['routes/http/run', 'atOncePerNetwork', 'operations', (most) => `database, ${most} of one network`],
    ['routes/http/run', 'places', 'operations', (most) => `up to ${grouped(most)} wait in a queue`],
    ['core/page', 'defaultPageSize', 'operations', (size) => `| a list of sessions | ${size} per page |`],
    ['core/end-sessions', 'batchSize', 'operations', (size) => `any number, ${size} per transaction`],
    ['core/cleanup', 'batchSize', 'operations', (size) => `, ${size} rows at a time, by one node`],
    ['core/cleanup', 'everySeconds', 'operations', (seconds) => `in the background, every ${time(seconds)},`],
    ['core/cleanup', 'doneMailSeconds', 'operations', (seconds) => `mails a ${time(seconds)} after they were sent`],
    [
      'store/postgres/address',
      'defaultStatementMilliseconds',
      'operations',
      (milliseconds) => `| a query on PostgreSQL | ${milliseconds / 1000} seconds`,
    ],
    [
      'store/migrations/preparations',
      'lockMilliseconds',
      'operations',
      (milliseconds) => `at most ${milliseconds / 1000} seconds for the lock`,
    ],
    [
      'store/revocations/revocation-journal',
      'pageSize',
      'scaling',
      (size) => `all entries, ${grouped(size)} at a time`,
    ],
    [
      'accounts/passwords/limits/limits',
      'addressSeconds',
      'security',
      (seconds) => `the count is cleared after ${time(seconds)}`,
    ],
    [
      'accounts/passwords/limits/limits',
      'longestAddressDelaySeconds',
      'security',
      (seconds) => `turns, up to a ${time(seconds)} apart`,
    ],
    ['accounts/one-time/prove-code', 'mostAttempts', 'security', (most) => `| codes of one mail | ${most} |`],
    [
      'accounts/mfa/challenge',
      'mostAttempts',
      'security',
      (most) => `apart from passwords; ${most} for each challenge |`,
    ],
    ['accounts/mfa/codes/cap-attempts', 'mostInRow', 'security', (most) => `proved a second factor | ${most} ([NIST`],
    [
      'accounts/sessions/missing-proof',
      'challengeSeconds',
      'security',
      (seconds) => `expires after ${time(seconds)}, is`,
    ],
    ['accounts/sessions/step-up', 'stepUpSeconds', 'security', (seconds) => `authenticated within ${time(seconds)},`],
    ['accounts/sessions/missing-proof', 'challengeSeconds', 'http-api', (seconds) => `factor, for ${time(seconds)}:`],
    [
      'guard/cookies/cookies',
      'longestCookieSeconds',
      'http-api',
      (seconds) => `the device lasts ${seconds / 86_400} days`,
    ],
    [
      'accounts/email/change/pending-change',
      'changeSeconds',
      'http-api',
      (seconds) => `Both are valid for ${time(seconds)}`,
    ],
    ['accounts/passwords/rules', 'maxLength', 'http-api', (most) => `Passwords have 8 to ${most} characters`],
    ['accounts/users/factors', 'mostApps', 'errors', (most) => `: ${most} authenticator apps,`],
    ['accounts/passkeys/new-passkey', 'mostPasskeys', 'errors', (most) => `, ${most} passkeys or`],
    ['accounts/identities/link', 'mostIdentities', 'errors', (most) => `or ${most} linked accounts |`],
    [
      'accounts/identities/begin-sign-in',
      'longestReturnTo',
      'providers',
      (most) => `at most ${grouped(most)} characters on`,
    ],
    ['accounts/one-time/carried', 'carriedSeconds', 'providers', (seconds) => `it is valid for ${time(seconds)}, once`],
    [
      'accounts/identities/providers/provider',
      'maxBytes',
      'providers',
      (bytes) => `or ${bytes / 1024} KiB, and follows`,
    ],
    ['token/strict-json', 'maxDepth', 'flask-parity', (depth) => `nesting deeper than ${depth}, tokens`],
    ['token/compact', 'maxTokenLength', 'flask-parity', (length) => `tokens longer than ${grouped(length)}`],
  ]
  it.each(statements)('is what the documents state: src/%s.ts, %s', (file, name, page, sentence) => {
    expect(read(`docs/${page}.md`)).toContain(sentence(constantOf(file, name)))
  })

  /** A node of another version takes the same lock, or two of them do at once what one has to do. */
  const locks: [file: string, number: number][] = [
    ['store/migrations/migration-lock', 7_239_402_556],
    ['store/keys/signing-keys', 7_239_402_557],
    ['store/cleanup-lock', 7_239_402_558],
  ]
  it.each(locks)('is the same in every version: the lock of src/%s.ts', (file, number) => {
    expect(constantOf(file, 'lockNumber')).toBe(number)
  })
})

describe('prose', () => {
  const days = (seconds: number) => seconds / 86_400
  const inWords = new Map([
    [86_400, 'a day'],
    [366 * 86_400, 'a year'],
  ])
  const grouped = (count: number) => count.toLocaleString('en-US')
  const statements: [page: string, setting: string, sentence: string][] = [
    ['operations', 'keepAliveSeconds', `keeps idle connections for ${table.keepAliveSeconds.default} seconds`],
    ['operations', 'algorithm', `creates an ${keySettings.algorithm.default} key at its first start`],
    ['operations', 'keyRotationSeconds', `After ${days(keySettings.keyRotationSeconds.default)} days, the next key`],
    ['operations', 'revocationMaxAgeSeconds', `is at most ${authDefaults.revocationMaxAgeSeconds} seconds old (`],
    ['operations', 'shutdownDelaySeconds', `(${table.shutdownDelaySeconds.default} by default)`],
    ['operations', 'sessionsPerUser', `| sessions of a user | ${authDefaults.sessionsPerUser};`],
    ['operations', 'hashQueue', `${hashingOptions.hashQueue.default} more wait in a queue`],
    ['operations', 'attemptsPerAccount', `${limitSettings.attemptsPerAccount.default} a day per account`],
    ['operations', 'attemptsPerAddress', `${limitSettings.attemptsPerAddress.default} in ten minutes per IP address`],
    ['operations', 'longestDelaySeconds', `1 second to ${limitOptions.longestDelaySeconds.default / 60} minutes apart`],
    [
      'operations',
      'registrationsPerAddress',
      `| registrations | ${grouped(limitOptions.registrationsPerAddress.default)} an hour per IP address`,
    ],
    ['operations', 'endedSessionSeconds', `sessions ${days(authDefaults.endedSessionSeconds)} days after they ended`],
    ['operations', 'auditSeconds', `audit events after ${inWords.get(authDefaults.auditSeconds)}`],
    ['operations', 'port', `server 10.0.0.1:${table.port.default} `],
    ['kubernetes', 'port', `containerPort: ${table.port.default} `],
    ['http-api', 'host and port', `curl http://${table.host.default}:${table.port.default}/auth/login`],
    [
      'security',
      'attemptsPerAccount',
      `| failed logins of an account | ${limitSettings.attemptsPerAccount.default} a day`,
    ],
    [
      'security',
      'attemptsPerAddress',
      `| failed logins from an IP address | ${limitSettings.attemptsPerAddress.default} in ten minutes`,
    ],
    ['security', 'longestDelaySeconds', `up to ${limitOptions.longestDelaySeconds.default / 60} minutes`],
    ['security', 'endedSessionSeconds', `active or ended less than ${days(authDefaults.endedSessionSeconds)} days ago`],
    ['security', 'revocationMaxAgeSeconds', `is at most ${authDefaults.revocationMaxAgeSeconds} seconds old`],
    ['security', 'memoryKiB', `argon2id (${hashingOptions.memoryKiB.default / 1024} MiB, two passes)`],
    ['security', 'cooldownSeconds', `then once every ${remoteKeysDefaults.cooldownSeconds} seconds`],
    ['services', 'cooldownSeconds', `once every \`cooldownSeconds\` (${remoteKeysDefaults.cooldownSeconds})`],
    ['services', 'maxStaleSeconds', `up to ${inWords.get(remoteKeysDefaults.maxStaleSeconds)} (\`maxStaleSeconds\`)`],
    ['options', 'maxAgeSeconds of revocations', `\`maxAgeSeconds\` (${defaultMaxAgeSeconds})`],
    ['options', 'algorithm of a secret', `| \`algorithm\` | ${secretAlgorithm} |`],
    ['security', 'keyRotationSeconds', `rotated every ${days(keySettings.keyRotationSeconds.default)} days`],
  ]
  it.each(statements)('of docs/%s.md states the default of %s', (page, _setting, sentence) => {
    expect(read(`docs/${page}.md`)).toContain(sentence)
  })

  const pages = globSync('{README,SECURITY,docs/*}.md', { cwd: root })
  it.each(pages)('of %s uses the current names of settings', (page) => {
    const former = settings.flatMap((setting) => (setting.former ? [setting.former.variable, setting.former.flag] : []))
    const named = [...read(page).matchAll(/HALLPASS_[A-Z_]+|--[a-z][a-z-]+/g)].map(String)
    expect(named.filter((name) => former.includes(name))).toEqual([])
  })
})
