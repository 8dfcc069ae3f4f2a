import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type ConfigurationError, HallpassError } from '../../errors.ts'
import { readConfig } from './config.ts'

const secret = 'n0t-a-r3al-secret-but-long-enough-to-be-one'
const folder = mkdtempSync(join(tmpdir(), 'hallpass-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function configOf(environment: NodeJS.ProcessEnv, mistakes: readonly string[] = []) {
  return readConfig({ flags: {}, environment: { HALLPASS_ENCRYPTION_SECRET: secret, ...environment }, mistakes })
}

function mistakesOf(environment: NodeJS.ProcessEnv, mistakes: readonly string[] = []): string[] {
  try {
    configOf(environment, mistakes)
    return []
  } catch (error) {
    if (!(error instanceof HallpassError)) throw error
    expect((error as ConfigurationError).code).toBe('option_invalid')
    return error.message.split('\n')
  }
}

describe('readConfig', () => {
  const taken: [name: string, value: string, as: unknown][] = [
    ['host', '::1', '::1'],
    ['host', '[::1]', '::1'],
    ['host', '::', '::'],
    ['host', '0.0.0.0', '0.0.0.0'],
    ['host', 'localhost', 'localhost'],
    ['host', 'node-1.internal', 'node-1.internal'],
    ['audience', 'api, web', ['api', 'web']],
    ['trust_proxy', '10.0.0.0/8,::1', ['10.0.0.0/8', '::1']],
    ['keep_alive_seconds', '620', 620],
    ['issuer', 'https://id.example\n', 'https://id.example'],
    ['issuer', 'HTTP://[::1]:3000/@team/', 'HTTP://[::1]:3000/@team/'],
    ['database', ' sqlite:app.db\r\n', 'sqlite:app.db'],
    ['shutdown_delay_seconds', '0', 0],
    ['mail_from', 'Example <a@b.example>', 'Example <a@b.example>'],
    ['mail_locale', 'de', 'de'],
  ]
  it.each(taken)('takes %s=%s', (name, value, as) => {
    expect(Object.values(configOf({ [`HALLPASS_${name.toUpperCase()}`]: value }))).toContainEqual(as)
  })

  const refused: [environment: Record<string, string>, says: RegExp][] = [
    [{ HALLPASS_HOST: 'http://localhost' }, /^HALLPASS_HOST: must be an address/],
    [{ HALLPASS_HOST: '[::1' }, /^HALLPASS_HOST: must be an address/],
    [{ HALLPASS_HOST: '0' }, /^HALLPASS_HOST: must be an address/],
    [{ HALLPASS_HOST: '127.1' }, /^HALLPASS_HOST: must be an address/],
    [{ HALLPASS_HOST: '0x7f000001' }, /^HALLPASS_HOST: must be an address/],
    [{ HALLPASS_HOST: '010.0.0.1' }, /^HALLPASS_HOST: must be an address/],
    [{ HALLPASS_HOST: '256.1.1.1' }, /^HALLPASS_HOST: must be an address/],
    [{ HALLPASS_HOST: '::1%eth0' }, /^HALLPASS_HOST: must be an address/],
    [{ HALLPASS_PORT: 'tcp://10.0.0.1:3000' }, /^HALLPASS_PORT: must be a whole number/],
    [{ HALLPASS_PORT: '65536' }, /^HALLPASS_PORT: must be at most 65535$/],
    [{ HALLPASS_WORKERS: '9'.repeat(400) }, /^HALLPASS_WORKERS: must be at most 256$/],
    [{ HALLPASS_WORKERS: '0' }, /^HALLPASS_WORKERS: must be at least 1$/],
    [{ HALLPASS_LOG_LEVEL: 'verbose' }, /^HALLPASS_LOG_LEVEL: must be one of "fatal", /],
    [{ HALLPASS_REGISTRATION: 'yes' }, /^HALLPASS_REGISTRATION: must be one of "open", "closed"$/],
    [{ HALLPASS_ATTEMPTS_PER_ACCOUNT: '99999999999999999999' }, /^HALLPASS_ATTEMPTS_PER_ACCOUNT: must be at most \d+$/],
    [{ HALLPASS_AUDIENCE: 'a,,b' }, /^HALLPASS_AUDIENCE: has an empty item/],
    [{ HALLPASS_CORS_ORIGINS: 'https://a.example,' }, /^HALLPASS_CORS_ORIGINS: has an empty item/],
    [{ HALLPASS_TRUST_PROXY: '10.0.0.0/99' }, /^HALLPASS_TRUST_PROXY: must be a number.* or networks/],
    [{ HALLPASS_DATABASE: 'postgres://u:p#w@h/d' }, /^HALLPASS_DATABASE: cannot be read/],
    [{ HALLPASS_VALKEY: 'redis://:::' }, /^HALLPASS_VALKEY: cannot be read/],
    [{ HALLPASS_KEEP_ALIVE_SECONDS: '0' }, /^HALLPASS_KEEP_ALIVE_SECONDS: /],
    [{ HALLPASS_SHUTDOWN_DELAY_SECONDS: '-1' }, /^HALLPASS_SHUTDOWN_DELAY_SECONDS: must be a whole number/],
    [
      { hallpass_registration: 'closed' },
      /^hallpass_registration is not a setting: did you mean HALLPASS_REGISTRATION/,
    ],
    [{ HALLPASS_PROT: '80' }, /^HALLPASS_PROT is not a setting: did you mean HALLPASS_PORT\?/],
    [{ HALLPASS_ISSUER: ' ' }, /^HALLPASS_ISSUER is empty/],
    [{ HALLPASS_COOKIE_SECURE: 'yes' }, /^HALLPASS_COOKIE_SECURE: must be true or false$/],
    [{ HALLPASS_ISSUER: 'ftp://id.example' }, /^HALLPASS_ISSUER: must be/],
    [{ HALLPASS_ISSUER: 'urn:example:id' }, /^HALLPASS_ISSUER: must be/],
    [{ HALLPASS_ISSUER: 'id.example:443' }, /^HALLPASS_ISSUER: must be/],
    [{ HALLPASS_ISSUER: 'https://id.example/?tenant=a' }, /^HALLPASS_ISSUER: must be/],
    [{ HALLPASS_ISSUER: 'https://id.example?' }, /^HALLPASS_ISSUER: must be/],
    [{ HALLPASS_ISSUER: 'https://id.example/#a' }, /^HALLPASS_ISSUER: must be/],
    [{ HALLPASS_ISSUER: 'https://user:password@id.example' }, /^HALLPASS_ISSUER: must be/],
    [{ HALLPASS_ISSUER: 'https://@id.example' }, /^HALLPASS_ISSUER: must be/],
    [{ HALLPASS_ISSUER: 'https:///id.example' }, /^HALLPASS_ISSUER: must be/],
    [{ HALLPASS_ISSUER: 'https://id.example\\a' }, /^HALLPASS_ISSUER: must be/],
    [{ HALLPASS_PAGES: 'https://user:password@id.example' }, /^HALLPASS_PAGES: must be/],
    [{ HALLPASS_PAGES: 'https:///id.example' }, /^HALLPASS_PAGES: must be/],
    [{ HALLPASS_WORKERS: '2', HALLPASS_DATABASE: 'sqlite::memory:' }, /cannot share a database in memory/],
    [{ HALLPASS_ENCRYPTION_SECRET_FILE: '/dev/null' }, /not both/],
    [
      { HALLPASS_PREVIOUS_ENCRYPTION_SECRET_FILE: folder },
      /^The secret file of HALLPASS_PREVIOUS_ENCRYPTION_SECRET_FILE cannot be read: EISDIR/,
    ],
    [{ HALLPASS_SMTP: 'mail.example', HALLPASS_MAIL_FROM: 'a@b.example' }, /^HALLPASS_SMTP: must be 'smtp/],
    [{ HALLPASS_SMTP: 'smtp://u:p#w@h', HALLPASS_MAIL_FROM: 'a@b.example' }, /^HALLPASS_SMTP: cannot be read/],
    [{ HALLPASS_SMTP: 'smtp://mail.example' }, /^HALLPASS_SMTP needs a sender: set HALLPASS_MAIL_FROM/],
    [{ HALLPASS_MAIL_FROM: 'Example' }, /^HALLPASS_MAIL_FROM: must be/],
    [{ HALLPASS_MAIL_FROM: 'a@b.example, c@d.example' }, /^HALLPASS_MAIL_FROM: must be/],
    [{ HALLPASS_MAIL_LOCALE: 'tlh' }, /^HALLPASS_MAIL_LOCALE: must be one of/],
    [
      { NODE_ENV: 'production', HALLPASS_SMTP: 'smtp://mail.example', HALLPASS_MAIL_FROM: 'a@b.example' },
      /^HALLPASS_SMTP needs the public URL .* set HALLPASS_ISSUER$/,
    ],
  ]
  it.each(refused)('refuses %j in one line', (environment, says) => {
    expect(mistakesOf(environment)).toEqual([expect.stringMatching(says)])
  })

  it('reports all mistakes at once, including addresses and what could not be read', () => {
    const environment = Object.assign({}, ...refused.slice(0, 10).map(([one]) => one), {
      HALLPASS_ENCRYPTION_SECRET: 'short',
    })
    expect(mistakesOf(environment, ['.env cannot be read'])).toHaveLength(Object.keys(environment).length + 1)
  })

  it('warns in production about settings that need mail, if there is no mail server', () => {
    const verified = { HALLPASS_REQUIRE_VERIFIED_EMAIL: 'true' }
    const mailed = {
      ...verified,
      HALLPASS_SMTP: 'smtp://mail.example',
      HALLPASS_MAIL_FROM: 'a@b.example',
      HALLPASS_ISSUER: 'https://id.example',
    }
    const production = { NODE_ENV: 'production', HALLPASS_ENCRYPTION_SECRET: 'Xk2-Qz9_Lm4.Rt7!Vb1?Yw6*Pc3+Hd8=' }
    const warned = (environment: NodeJS.ProcessEnv) => configOf(environment).warnings.join()
    expect(warned({ ...production, ...verified })).toContain('HALLPASS_REQUIRE_VERIFIED_EMAIL needs mail')
    expect(warned({ ...production, ...mailed })).not.toContain('needs mail')
    expect(warned(verified)).not.toContain('needs mail')
  })

  it.each([
    [{}, 1],
    [{ HALLPASS_HOST: '0.0.0.0' }, 0],
  ])('in a pod with %j, %i warnings say that the loopback is not reached', (environment, warnings) => {
    const config = configOf({ KUBERNETES_SERVICE_HOST: '10.96.0.1', ...environment })
    expect(config.warnings).toEqual(Array(warnings).fill(expect.stringContaining('HALLPASS_HOST')))
  })

  describe('with a former name', () => {
    const path = join(folder, 'former')
    writeFileSync(path, secret, { mode: 0o600 })
    const none = { HALLPASS_ENCRYPTION_SECRET: undefined }
    const text = { text: secret, warnings: expect.anything() }
    const former: [name: string, value: string, present: string, environment: NodeJS.ProcessEnv, as: object][] = [
      ['SECRET', secret, 'ENCRYPTION_SECRET', none, { encryptionSecret: text }],
      ['SECRET_FILE', path, 'ENCRYPTION_SECRET_FILE', none, { encryptionSecret: text }],
      ['SECRET_PREVIOUS', secret, 'PREVIOUS_ENCRYPTION_SECRET', {}, { previousEncryptionSecret: secret }],
      ['SECRET_PREVIOUS_FILE', path, 'PREVIOUS_ENCRYPTION_SECRET_FILE', {}, { previousEncryptionSecret: secret }],
      ['CORS_ORIGIN', 'https://a.example', 'CORS_ORIGINS', {}, { corsOrigins: ['https://a.example'] }],
    ]
    it.each(former)(
      'HALLPASS_%s=%s is accepted with one notice about HALLPASS_%s',
      (old, value, present, environment, as) => {
        const config = configOf({ ...environment, [`HALLPASS_${old}`]: value })
        const notice = `HALLPASS_${old} is deprecated: rename it to HALLPASS_${present}`
        expect(config).toMatchObject({ ...as, notices: [notice], warnings: [notice] })
      },
    )

    it.each(former)('HALLPASS_%s=%s is refused beside HALLPASS_%s', (old, value, present, environment) => {
      const both = { ...environment, [`HALLPASS_${old}`]: value, [`HALLPASS_${present}`]: value }
      const says = new RegExp(
        `^HALLPASS_${old} is the former name of HALLPASS_${present}, and HALLPASS_${present} is also set: remove`,
      )
      expect(mistakesOf(both)).toEqual([expect.stringMatching(says)])
    })

    it('a flag is accepted with a notice about the flag, and refused beside a variable', () => {
      const flags = { corsOrigin: 'https://a.example' }
      const environment = { HALLPASS_ENCRYPTION_SECRET: secret }
      expect(readConfig({ flags, environment, mistakes: [] })).toMatchObject({
        corsOrigins: ['https://a.example'],
        notices: ['--cors-origin is deprecated: rename it to --cors-origins'],
      })
      const both = { ...environment, HALLPASS_CORS_ORIGINS: 'https://b.example' }
      expect(() => readConfig({ flags, environment: both, mistakes: [] })).toThrow(/^--cors-origin is the former name/)
    })

    it('mistakes are reported under the name that was written', () => {
      expect(mistakesOf({ ...none, HALLPASS_SECRET: 'short', HALLPASS_CORS_ORIGIN: '*' })).toEqual([
        expect.stringMatching(/^HALLPASS_CORS_ORIGIN: /),
        expect.stringMatching(/^HALLPASS_SECRET is shorter/),
      ])
    })
  })

  describe('a file of a provider', () => {
    const written = (text: string) => {
      const file = join(folder, `provider-${count++}.json`)
      writeFileSync(file, text, { mode: 0o600 })
      return file
    }
    let count = 0
    const google = written('{"clientId":"id","clientSecret":"not to be repeated"}')

    it('is read, and several are', () => {
      const own = written('{"preset":"openid","clientId":"id","issuer":"https://work.example"}')
      const { providers, warnings } = configOf({ HALLPASS_PROVIDER: `google=${google}, work=${own}` })
      expect([Object.keys(providers ?? {}), warnings]).toEqual([['google', 'work'], []])
      expect(configOf({}).providers).toBeUndefined()
    })

    const refused: [written: string, says: RegExp][] = [
      ['google', /must be a name and a file/],
      [`google=${join(folder, 'missing.json')}`, /the file of google cannot be read: ENOENT$/],
      [`google=${written('not to be repeated')}`, /the file of google cannot be read: not JSON$/],
      [
        `google=${written('{"clientId":"id","clientSecret":"x","clientId":"not to be repeated"}')}`,
        /a duplicate member$/,
      ],
      [`google=${written('\xff')}`, /the file of google cannot be read: not JSON$/],
      [`__proto__=${google}`, /__proto__: must have 1 to 32 lower-case letters/],
      [`google=${google},google=${google}`, /google is set twice$/],
      [`work=${google}`, /work: needs a preset: google, /],
      [`outcome=${google}`, /outcome/],
      [`Google=${google}`, /Google/],
      [`work=${written('{"preset":"openid","clientId":"id"}')}`, /work: needs issuer$/],
      [`work=${written('{"preset":"openid","clientId":"id","issuer":"http://a.example"}')}`, /work.issuer: must be/],
      [
        `google=${written('{"clientId":"id","clientSecret":"x","secret":"not to be repeated"}')}`,
        /google.secret: is not known here$/,
      ],
      [
        `own=${written('{"preset":"oauth","clientId":"id","clientSecret":"x","authorizationUrl":"https://a.example/#","tokenUrl":"https://a.example/t","userUrl":"https://a.example/u"}')}`,
        /own: needs addresses without a fragment$/,
      ],
      [`apple=${written('{"clientId":"id","keyId":"k"}')}`, /apple: needs all of privateKey/],
    ]
    it.each(refused)('is refused in one line: %s', (given, says) => {
      const mistakes = mistakesOf({ HALLPASS_PROVIDER: given })
      expect(mistakes).toEqual([expect.stringMatching(says)])
      expect(mistakes[0]).toMatch(/^HALLPASS_PROVIDER: /)
      expect(mistakes[0]).not.toContain('not to be repeated')
    })

    it('needs the public URL in production', () => {
      const environment = { NODE_ENV: 'production', HALLPASS_PROVIDER: `google=${google}` }
      expect(mistakesOf(environment)).toContainEqual(expect.stringContaining('set HALLPASS_ISSUER'))
    })
  })

  describe('a file with the secret', () => {
    const path = join(folder, 'secret')
    const modes: [mode: number, warnings: number][] = [
      [0o400, 0],
      [0o600, 0],
      [0o440, 0],
      [0o640, 0],
      [0o444, 1],
      [0o644, 1],
      [0o606, 1],
    ]
    it.each(modes)('with mode %i (decimal) is accepted in production, with %i warnings', (mode, warnings) => {
      writeFileSync(path, `${secret}\n`, { mode: 0o600 })
      chmodSync(path, mode)
      const config = configOf({
        NODE_ENV: 'production',
        HALLPASS_ENCRYPTION_SECRET: undefined,
        HALLPASS_ENCRYPTION_SECRET_FILE: path,
      })
      expect(config.warnings).toEqual(Array(warnings).fill(expect.stringContaining(`chmod o-rwx ${path}`)))
      expect(config.encryptionSecret).toEqual({ text: secret, warnings: expect.anything() })
      chmodSync(path, 0o600)
    })

    it('is accepted without warnings if Kubernetes mounts it', () => {
      const volume = join(folder, 'volume')
      mkdirSync(join(volume, '..2026_11_26_09_30_00.123456789'), { recursive: true })
      writeFileSync(join(volume, '..2026_11_26_09_30_00.123456789/secret'), secret, { mode: 0o644 })
      symlinkSync('..2026_11_26_09_30_00.123456789', join(volume, '..data'))
      symlinkSync('..data/secret', join(volume, 'secret'))
      const previous = join(volume, 'secret')
      expect(configOf({ HALLPASS_PREVIOUS_ENCRYPTION_SECRET_FILE: previous })).toMatchObject({
        previousEncryptionSecret: secret,
        warnings: [],
      })
    })

    it('can be in the encoding of PowerShell', () => {
      const windows = join(folder, 'windows')
      writeFileSync(windows, Buffer.from(`\ufeff${secret}\r\n`, 'utf16le'), { mode: 0o600 })
      expect(
        configOf({ HALLPASS_ENCRYPTION_SECRET: undefined, HALLPASS_ENCRYPTION_SECRET_FILE: windows }).encryptionSecret,
      ).toMatchObject({
        text: secret,
      })
    })
  })

  it.each([
    [0o600, 0],
    [0o666, 1],
    [0o604, 1],
  ])('a database of mode %i (decimal) is taken, with %i warnings', (mode, warnings) => {
    const path = join(folder, 'test.db')
    writeFileSync(path, '')
    chmodSync(path, mode)
    expect(configOf({ HALLPASS_DATABASE: `sqlite:${path}` }).warnings).toHaveLength(warnings)
  })
})
