import { describe, expect, it } from 'vitest'
import type { HashingOptions, PasswordSettings } from './options.ts'
import { Passwords } from './passwords.ts'
import { operatorsTurn as turn } from './queue/hash-turn.ts'

const cheap = { memoryKiB: 64, passes: 1 }
const passwords = new Passwords(cheap)

describe('Passwords', () => {
  it('hashes by argon2id, with its parameters in the hash, never twice the same', async () => {
    const hashes = await Promise.all([passwords.hash('wonderland', turn), passwords.hash('wonderland', turn)])
    for (const hash of hashes) expect(hash).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/)
    expect(hashes[0]).not.toBe(hashes[1])
    expect(await new Passwords({}).hash('wonderland', turn)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

  const pairs: [what: string, set: string, typed: string, matches: boolean][] = [
    ['the password', 'wonderland', 'wonderland', true],
    ['another', 'wonderland', 'Wonderland', false],
    ['it and a space', 'wonderland', 'wonderland ', false],
    ['letters that are composed and decomposed', 'caf\u00e9 au lait', 'cafe\u0301 au lait', true],
    ['wide letters', 'wonderland', 'ｗｏｎｄｅｒｌａｎｄ', true],
    ['emoji', '🦊🦊🦊🦊🦊🦊🦊🦊', '🦊🦊🦊🦊🦊🦊🦊🦊', true],
    ['the part before NUL', 'wonder\0land', 'wonder', false],
    ['NUL and all', 'wonder\0land', 'wonder\0land', true],
    ['only spaces', '        ', '        ', true],
    ['128 characters', 'x'.repeat(128), 'x'.repeat(128), true],
    ['129 characters', 'x'.repeat(128), 'x'.repeat(129), false],
    ['a megabyte', 'x'.repeat(128), 'x'.repeat(1_000_000), false],
    ['a lone surrogate', 'wonderland', 'wonderland\ud800', false],
    ['nothing', 'wonderland', '', false],
  ]
  it.each(pairs)('compares with %s', async (_what, set, typed, matches) => {
    expect(await passwords.verify(typed, { stored: await passwords.hash(set, turn), turn })).toEqual({
      matches,
      outdated: false,
    })
  })

  it('compares with a decoy if there is no such user', async () => {
    for (const typed of ['wonderland', '', 'x'.repeat(1_000_000), '\ud800']) {
      expect(await passwords.verify(typed, { stored: null, turn })).toEqual({ matches: false, outdated: false })
    }
  })

  const others: [what: string, other: Partial<HashingOptions>][] = [
    ['memory', { memoryKiB: 128 }],
    ['passes', { passes: 2 }],
    ['parallelism', { parallelism: 2 }],
  ]
  it.each(others)('finds a hash of another %s outdated, once it matches', async (_what, other) => {
    const stored = await new Passwords({ ...cheap, ...other }).hash('wonderland', turn)
    expect(await passwords.verify('wonderland', { stored, turn })).toEqual({ matches: true, outdated: true })
    expect(await passwords.verify('another', { stored, turn })).toEqual({ matches: false, outdated: false })
  })

  it('treats a hash of text that was not normalised as outdated', async () => {
    const { hash } = await import('@node-rs/argon2')
    const stored = await hash('cafe\u0301 au lait', { memoryCost: 64, timeCost: 1, parallelism: 1 })
    expect(await passwords.verify('cafe\u0301 au lait', { stored, turn })).toEqual({ matches: true, outdated: true })
  })

  it('lets a limited number wait, and goes on when they are done', async () => {
    const small = new Passwords({ ...cheap, hashesAtOnce: 1, hashQueue: 2 })
    const asked = [small.hash('one', turn), small.hash('two', turn), small.hash('three', turn)]
    expect(small.load).toMatchObject({ capacity: 2 })
    expect(small.load.running + small.load.waiting).toBe(3)
    await expect(small.hash('four', turn)).rejects.toMatchObject({ code: 'overloaded', retryAfterSeconds: 1 })
    await expect(small.verify('four', { stored: null, turn })).rejects.toMatchObject({ code: 'overloaded' })
    expect(await Promise.all(asked)).toHaveLength(3)
    expect(small.load).toEqual({ running: 0, waiting: 0, capacity: 2 })
    expect(await small.hash('four', turn)).toMatch(/^\$argon2id/)
  })

  const mistakes: [options: object, named: RegExp][] = [
    [{ memoryKiB: 0 }, /memoryKiB/],
    [{ passes: 1.5 }, /passes/],
    [{ passwordMinLength: 7 }, /passwordMinLength/],
    [{ hashesAtOnce: Number.NaN }, /hashesAtOnce/],
    [{ memoryKiB: 64, parallelism: 64 }, /memoryKiB/],
    [{ memoryKiB: 2_097_152, passes: 1 }, /memoryKiB/],
    [{ memoryKiB: 65_536, passes: 100 }, /memoryKiB/],
    [{ pepper: 'x' }, /pepper/],
    [{ passes: 0, hashQueue: -1 }, /passes.*hashQueue/],
  ]
  it.each(mistakes)('refuses %j', (options, named) => {
    expect(() => new Passwords(options)).toThrow(
      expect.objectContaining({ code: 'option_invalid', message: expect.stringMatching(named) }),
    )
  })
})

describe('a new password', () => {
  const about = ['Alice', 'alice.liddell@example.com']
  const refuse = (password: string, options: Partial<PasswordSettings> = {}) =>
    expect(new Passwords({ ...cheap, ...options }).check(password, 'new_password', about)).rejects.toMatchObject({
      code: 'invalid_request',
      members: [expect.objectContaining({ member: 'new_password' })],
    })

  const fit = [
    'correct horse',
    'wonderland 42 tea',
    'alice-2026-secret!',
    `${'x'.repeat(127)}y`,
    '        x',
    'пароль для входа',
    '🦊🐇🐢🎩🐱🫖🃏👑',
    '\0\0\0\0\0\0\0x',
  ]
  it.each(fit)('may be %j', async (password) => {
    await passwords.check(password, 'password', about)
  })

  const unfit: [what: string, password: string][] = [
    ['empty', ''],
    ['of seven characters', 'wonder!'],
    ['of seven emoji', '🦊🐇🐢🎩🐱🫖🃏'],
    ['of seven letters that are decomposed', 'e\u0301'.repeat(7)],
    ['of 129 characters', `${'wx'.repeat(64)}y`],
    ['a megabyte', 'wx'.repeat(500_000)],
    ['of characters that become many', '\uFDFA'.repeat(8)],
    ['a lone surrogate', 'wonderland\udfff'],
    ['the first of every list', 'password'],
    ['it in capitals', 'PASSWORD'],
    ['it in wide letters', 'ｐａｓｓｗｏｒｄ'],
    ['it and a digit', 'Password1'],
    ['it and three', 'password123'],
    ['a row of keys', 'qwertyuiop'],
    ['digits in a row', '12345678'],
    ['digits in a row backwards', '987654321'],
    ['letters in a row', 'ijklmnopqrst'],
    ['one letter over and over', 'zzzzzzzzzzzz'],
    ['a confession', 'iloveyou1'],
    ['the e-mail address', 'Alice.Liddell@example.com'],
    ['the part before its @', 'alice.liddell'],
  ]
  it.each(unfit)('is refused when it is %s', (_what, password) => refuse(password))

  it('must have the configured length', async () => {
    await refuse('wonderland tea', { passwordMinLength: 15 })
    await new Passwords({ ...cheap, passwordMinLength: 15 }).check('wonderland teas', 'password', [])
  })
})
