import { describe, expect, it, vi } from 'vitest'
import { createAuth } from '../auth.ts'
import { type AuthOptions, settle } from './options.ts'

const good: AuthOptions = { database: 'sqlite::memory:', secret: 'n0t-a-r3al-secret-but-long-enough-to-be-one' }

describe('createAuth', () => {
  const mistakes: [what: string, options: object, named: RegExp][] = [
    ['no database', { database: undefined }, /database/],
    ['a misspelt option', { acessTokenSeconds: 900 }, /acessTokenSeconds/],
    ['seconds as text', { accessTokenSeconds: '900' }, /accessTokenSeconds/],
    ['a lifetime of zero', { refreshTokenSeconds: 0 }, /refreshTokenSeconds/],
    ['an infinite lifetime', { sessionSeconds: Number.POSITIVE_INFINITY }, /sessionSeconds/],
    ['half a second', { refreshGraceSeconds: 0.5 }, /refreshGraceSeconds/],
    ['an hour of grace', { refreshGraceSeconds: 3600 }, /refreshGraceSeconds/],
    ['an unknown kind of registration', { registration: 'invite' }, /registration/],
    ['true for proxies', { trustProxy: true }, /trustProxy/],
    ['a name for a network', { trustProxy: ['proxy.internal'] }, /trustProxy/],
    ['any origin', { corsOrigins: ['*'] }, /corsOrigins/],
    ['an origin with a path', { corsOrigins: ['https://app.example/'] }, /corsOrigins/],
    ['a wildcard in an origin', { corsOrigins: ['https://*.app.example'] }, /corsOrigins.*wildcard/],
    ['no attempts', { limits: { attemptsPerAccount: 0 } }, /attemptsPerAccount/],
    ['half an attempt', { limits: { registrationsPerAddress: 0.5 } }, /registrationsPerAddress/],
    [
      'a short minimum length and no passes',
      { passwordMinLength: 7, passwords: { passes: 0 } },
      /passwords\.passes.*passwordMinLength/,
    ],
    ['a ring without a secret', { secret: undefined, keyRing: {} }, /keyRing\.encryptionSecret/],
    ['an unknown limit', { limits: { attempts: 5 } }, /attempts/],
    ['a listener that is no function', { onEvent: 'log' }, /onEvent/],
    ['keys that are no KeySet', { keys: [] }, /keys/],
    ['a bare name as mail server', { smtp: 'mail.example', mailFrom: 'a@b.example', url: 'https://b.example' }, /smtp/],
    ['mail without a sender', { smtp: 'smtp://mail.example', url: 'https://b.example' }, /mailFrom/],
    ['mail without a public URL', { smtp: 'smtp://mail.example', mailFrom: 'a@b.example' }, /url/],
    ['mail with an issuer that is no URL', { sendMail: async () => {}, issuer: 'api' }, /url/],
    ['a URL of another scheme', { url: 'ftp://b.example' }, /^url: must be/],
    ['a URN as URL', { url: 'urn:example:b' }, /^url: must be/],
    ['a URL without its scheme', { url: 'localhost:3000' }, /^url: must be/],
    ['a URL with a password', { url: 'https://user:password@b.example' }, /^url: must be/],
    ['a URL after a blank', { url: ' https://b.example' }, /^url: must be/],
    ['a URL with a query', { url: 'https://b.example?tenant=a' }, /^url: must be/],
    ['a URL with a fragment', { url: 'https://b.example/#a' }, /^url: must be/],
    ['mail with an issuer that has a query', { sendMail: async () => {}, issuer: 'https://b.example?a' }, /^url: is/],
    ['two ways to send mail', { sendMail: async () => {}, smtp: 'smtp://mail.example' }, /only one/],
    ['an unknown language', { mailLocale: 'tlh' }, /mailLocale/],
    ['a sender that is no function', { sendMail: 'smtp' }, /sendMail/],
  ]
  it.each(mistakes)('refuses %s', async (_what, options, named) => {
    const creation = createAuth({ ...good, ...options } as AuthOptions)
    await expect(creation).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringMatching(named),
    })
  })

  it('takes the origins of native shells', () => {
    const corsOrigins = ['capacitor://localhost', 'tauri://localhost', 'chrome-extension://abcdefghijklmnop']
    expect(settle({ ...good, corsOrigins }).corsOrigins).toEqual(corsOrigins)
  })

  it('uses the default for an option that is undefined', () => {
    const options = { ...good, accessTokenSeconds: undefined } as unknown as AuthOptions
    expect(settle(options).accessTokenSeconds).toBe(900)
  })

  it('names every mistake at once', () => {
    const options = { ...good, registration: 'maybe', trustProxy: -1, sessionSeconds: 0 } as unknown as AuthOptions
    expect(() => settle(options)).toThrow(/sessionSeconds.*registration.*trustProxy/s)
  })

  describe('with a former name', () => {
    const long = 'a secret of the ring, of 32 bytes or more'
    const ring = { database: 'sqlite::memory:' }
    const former: [from: string, to: string, options: object, as: object][] = [
      [
        'keyRing.secret',
        'keyRing.encryptionSecret',
        { ...ring, keyRing: { secret: long } },
        { keyRing: { encryptionSecret: long } },
      ],
      [
        'keyRing.previousSecret',
        'keyRing.previousEncryptionSecret',
        { ...ring, keyRing: { encryptionSecret: long, previousSecret: long } },
        { keyRing: { encryptionSecret: long, previousEncryptionSecret: long } },
      ],
      [
        'keyRing.rotateAfterSeconds',
        'keyRing.keyRotationSeconds',
        { ...ring, keyRing: { encryptionSecret: long, rotateAfterSeconds: 60 } },
        { keyRing: { encryptionSecret: long, keyRotationSeconds: 60 } },
      ],
      [
        'keyRing.publishSeconds',
        'keyRing.jwksMaxAgeSeconds',
        { ...ring, keyRing: { encryptionSecret: long, publishSeconds: 60 } },
        { keyRing: { encryptionSecret: long, jwksMaxAgeSeconds: 60 } },
      ],
      [
        'passwords.minLength',
        'passwordMinLength',
        { ...good, passwords: { minLength: 15, passes: 3 } },
        { passwordMinLength: 15, passwords: { passes: 3 } },
      ],
    ]
    it.each(former)('%s is accepted, with one notice that names %s', (from, to, options, as) => {
      const onFault = vi.fn()
      const settled = settle({ ...options, onFault } as unknown as AuthOptions)
      for (const [name, value] of Object.entries(as)) expect(settled[name as keyof typeof settled]).toEqual(value)
      expect(onFault.mock.calls).toEqual([
        [expect.objectContaining({ message: `${from} is deprecated: rename it to ${to}` })],
      ])
    })

    it.each(former)('%s is ignored if it is undefined', (from, _to, _options, as) => {
      const [group = '', member = ''] = from.split('.')
      const onFault = vi.fn()
      const base = group === 'keyRing' ? { ...ring, keyRing: { encryptionSecret: long } } : good
      const given = { ...base, ...as } as unknown as Record<string, object>
      const written = { ...given, [group]: { ...given[group], [member]: undefined }, onFault }
      if (group === 'keyRing') Object.assign(written.keyRing as object, { encryptionSecret: long })
      const settled = settle(written as unknown as AuthOptions)
      for (const [name, value] of Object.entries(as)) expect(settled[name as keyof typeof settled]).toMatchObject(value)
      expect(onFault).not.toHaveBeenCalled()
    })

    it('a listener that throws does not keep an application from starting', () => {
      const onFault = () => {
        throw new Error('not ready yet')
      }
      const process = vi.spyOn(globalThis.process, 'emitWarning').mockImplementation(() => {})
      expect(() => settle({ ...ring, keyRing: { secret: long }, onFault } as unknown as AuthOptions)).not.toThrow()
      expect(process).toHaveBeenCalledOnce()
      process.mockRestore()
    })

    it.each(former)('%s is refused together with %s', (from, _to, options, as) => {
      const [group = '', member] = from.split('.')
      const both = {
        ...options,
        ...as,
        [group]: { ...(as as Record<string, object>)[group], ...(options as Record<string, object>)[group] },
      }
      expect(member).toBeDefined()
      expect(() => settle(both as unknown as AuthOptions)).toThrow(`${from} is the former name of`)
    })

    it('a mistake is reported under the current name only', () => {
      const onFault = vi.fn()
      // Typed, because the former names compile.
      const options: AuthOptions = {
        ...ring,
        keyRing: { secret: 'short', publishSeconds: 0 },
        passwords: { minLength: 9 },
        onFault,
      }
      expect(() => settle(options)).toThrow(/keyRing\.encryptionSecret: .*keyRing\.jwksMaxAgeSeconds: /)
      expect(onFault).not.toHaveBeenCalled()
    })
  })

  const secrets: [what: string, secret: unknown, code: string][] = [
    ['none', undefined, 'key_invalid'],
    ['a short one', 'secret', 'key_too_weak'],
    ['an empty one', '', 'key_too_weak'],
  ]
  it.each(secrets)('refuses a secret that is %s, and makes no database', async (_what, secret, code) => {
    await expect(createAuth({ ...good, secret } as AuthOptions)).rejects.toMatchObject({ code })
  })

  it.each(['app.db', 'mysql://localhost/app', 'sqlite:', ''])('refuses %j as a database', async (database) => {
    const code = database === '' ? 'option_invalid' : 'database_invalid'
    await expect(createAuth({ ...good, database })).rejects.toMatchObject({ code })
  })

  it('does not repeat the password of a database', async () => {
    const database = 'postgress://user:hunter2@db/app'
    await expect(createAuth({ ...good, database })).rejects.toMatchObject({
      message: expect.not.stringContaining('hunter2'),
    })
  })
})
