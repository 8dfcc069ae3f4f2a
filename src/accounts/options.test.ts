import { describe, expect, it } from 'vitest'
import { createAuth } from '../auth.ts'
import { type AuthOptions, settle } from './options.ts'

const good: AuthOptions = { database: 'sqlite::memory:', secret: 'n0t-a-r3al-secret-but-long-enough-to-be-one' }

describe('createAuth', () => {
  const mistakes: [what: string, options: object, named: RegExp][] = [
    ['no database', { database: undefined }, /database/],
    ['a misspelt option', { acessTokenSeconds: 900 }, /acessTokenSeconds/],
    ['seconds in text', { accessTokenSeconds: '900' }, /accessTokenSeconds/],
    ['no life', { refreshTokenSeconds: 0 }, /refreshTokenSeconds/],
    ['an endless life', { sessionSeconds: Number.POSITIVE_INFINITY }, /sessionSeconds/],
    ['half a second', { refreshGraceSeconds: 0.5 }, /refreshGraceSeconds/],
    ['an hour of grace', { refreshGraceSeconds: 3600 }, /refreshGraceSeconds/],
    ['a registration of its own', { registration: 'invite' }, /registration/],
    ['true for proxies', { trustProxy: true }, /trustProxy/],
    ['a name for a network', { trustProxy: ['proxy.internal'] }, /trustProxy/],
    ['any origin', { corsOrigins: ['*'] }, /corsOrigins/],
    ['an origin with a path', { corsOrigins: ['https://app.example/'] }, /corsOrigins/],
    ['a wildcard in an origin', { corsOrigins: ['https://*.app.example'] }, /corsOrigins.*wildcard/],
    ['no attempts', { limits: { attemptsPerAccount: 0 } }, /attemptsPerAccount/],
    ['a limit that is none', { limits: { attempts: 5 } }, /attempts/],
    ['a listener that is none', { onEvent: 'log' }, /onEvent/],
    ['a key that is none', { keys: [] }, /keys/],
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

  it('takes the default for what is there and undefined', () => {
    const options = { ...good, accessTokenSeconds: undefined } as unknown as AuthOptions
    expect(settle(options).accessTokenSeconds).toBe(900)
  })

  it('names every mistake at once', () => {
    const options = { ...good, registration: 'maybe', trustProxy: -1, sessionSeconds: 0 } as unknown as AuthOptions
    expect(() => settle(options)).toThrow(/sessionSeconds.*registration.*trustProxy/s)
  })

  const secrets: [what: string, secret: unknown, code: string][] = [
    ['none', undefined, 'key_invalid'],
    ['a short one', 'secret', 'key_too_weak'],
    ['an empty one', '', 'key_too_weak'],
  ]
  it.each(secrets)('refuses a secret that is %s, and makes no database', async (_what, secret, code) => {
    await expect(createAuth({ ...good, secret } as AuthOptions)).rejects.toMatchObject({ code })
  })

  it.each(['app.db', 'mysql://localhost/app', 'sqlite:', ''])('refuses %j for a database', async (database) => {
    const code = database === '' ? 'option_invalid' : 'database_invalid'
    await expect(createAuth({ ...good, database })).rejects.toMatchObject({ code })
  })

  it('never repeats the password of a database', async () => {
    const database = 'postgress://user:hunter2@db/app'
    await expect(createAuth({ ...good, database })).rejects.toMatchObject({
      message: expect.not.stringContaining('hunter2'),
    })
  })
})
