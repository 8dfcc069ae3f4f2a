import { describe, expect, it } from 'vitest'
import { normalUsername, readEmail, readUsername } from './names.ts'

describe('readUsername', () => {
  const equal: [one: string, other: string][] = [
    ['Alice', 'alice'],
    ['alice', 'ＡＬＩＣＥ'],
    ['ﬁona', 'fiona'],
    ['straße', 'STRASSE'],
    ['σίσυφος', 'ΣΊΣΥΦΟΣ'],
    ['Zoe\u0308', 'zoë'],
    ['K\u0041\u030Ane', 'kåne'],
  ]
  it.each(equal)('treats %s and %s as the same name', (one, other) => {
    expect(readUsername(one).normal).toBe(readUsername(other).normal)
  })

  const fit = ['a', 'alice@example.com', 'Anna Maria', "o'brien", '李小龍', 'Мария', 'x'.repeat(64), "admin'--", '🦊']
  it.each(fit)('keeps %s as it was typed', (name) => {
    expect(readUsername(name).shown).toBe(name)
  })

  const refused: [what: string, name: string][] = [
    ['nothing', ''],
    ['blanks', '   '],
    ['a leading space', ' alice'],
    ['a trailing space', 'alice '],
    ['two spaces', 'anna  maria'],
    ['a tab', 'anna\tmaria'],
    ['a line break', 'alice\n'],
    ['NUL', 'alice\0'],
    ['a trailing no-break space', 'alice\u00A0'],
    ['a zero-width space', 'al\u200Bice'],
    ['a zero-width joiner', 'al\u200Dice'],
    ['a soft hyphen', 'al\u00ADice'],
    ['text that runs backwards', 'alice\u202Egro'],
    ['a lone surrogate', 'alice\uD800'],
    ['a private-use character', 'alice\uE000'],
    ['a Cyrillic letter among Latin ones', 'аlice'],
    ['a Greek letter among Latin ones', 'αlice'],
    ['65 characters', 'x'.repeat(65)],
    ['characters that become many', '\uFDFA'.repeat(10)],
    ['10 kB', 'x'.repeat(10_000)],
  ]
  it.each(refused)('refuses %s', (_what, name) => {
    expect(() => readUsername(name)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    expect(normalUsername(name)).toBeUndefined()
  })
})

describe('readEmail', () => {
  it.each([
    ['a@b.example', 'a@b.example'],
    ['Alice.B+tag@Mail.Example.com', 'alice.b+tag@mail.example.com'],
    ['Mueller@Bücher.example', 'mueller@xn--bcher-kva.example'],
    ['mueller@xn--bcher-kva.example', 'mueller@xn--bcher-kva.example'],
  ])('keeps %s', (email, normal) => {
    expect(readEmail(email)).toEqual({ shown: email, normal })
  })

  it('distinguishes mailboxes of different domains', () => {
    expect(readEmail('a@straße.example').normal).not.toBe(readEmail('a@strasse.example').normal)
  })

  const refused = [
    '',
    'alice',
    '@example.com',
    'alice@',
    'alice@localhost',
    'alice@example..com',
    'a@b.example,c@d.example',
    'a@b@c.example',
    'alice@exa mple.com',
    'alice\n@example.com',
    '"a b"@example.com',
    'Alice <a@b.example>',
    `${'x'.repeat(65)}@example.com`,
    `a@${'x'.repeat(250)}.example`,
    'alice＠example.com＠evil.example',
    'müller@example.com',
    'alice@example.com.',
    'alice@192.0.2.1',
  ]
  it.each(refused)('refuses %j', (email) => {
    expect(() => readEmail(email)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  })
})
