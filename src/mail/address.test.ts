import { describe, expect, it } from 'vitest'
import { maskMailbox, readMailbox, readSender } from './address.ts'

const label = 'x'.repeat(63)

describe('readMailbox', () => {
  const accepted: [text: string, mailbox?: string][] = [
    ['a@b.example'],
    ['Alice.B+tag@Mail.Example.COM', 'Alice.B+tag@mail.example.com'],
    ["o'brien@example.com"],
    ['user+shop+2026@example.com'],
    ["!#$%&'*+/=?^_`{|}~-@example.com"],
    ['1@2.example'],
    ['a@3com.example'],
    ['a@sub.a-b.example'],
    ['mueller@bücher.example', 'mueller@xn--bcher-kva.example'],
    ['mueller@BÜCHER.example', 'mueller@xn--bcher-kva.example'],
    ['mueller@xn--bcher-kva.example'],
    ['a@straße.example', 'a@xn--strae-oqa.example'],
    ['a@例え.jp', 'a@xn--r8jz45g.jp'],
    ['a@ｅxample.com', 'a@example.com'],
    ['a@exаmple.com', 'a@xn--exmple-4nf.com'],
    [`${'x'.repeat(64)}@example.com`],
    [`a@${label}.${label}.${label}.example`],
  ]
  it.each(accepted)('reads %s', (text, mailbox = text) => {
    expect(readMailbox(text)).toBe(mailbox)
    expect(readMailbox(mailbox)).toBe(mailbox)
  })

  const refused: [what: string, text: string][] = [
    ['nothing', ''],
    ['no @', 'alice'],
    ['no local part', '@example.com'],
    ['no domain', 'alice@'],
    ['a bare host', 'alice@localhost'],
    ['two @', 'a@b@c.example'],
    ['two addresses', 'a@b.example,c@d.example'],
    ['two addresses with a semicolon', 'a@b.example;c@d.example'],
    ['two addresses with a space', 'a@b.example c@d.example'],
    ['two addresses, the first incomplete', 'a@x, b@evil.example'],
    ['a list in the local part', 'b@evil.example,a@x.example'],
    ['a group', 'group:a@b.example,c@d.example;'],
    ['a display name', 'Alice <a@b.example>'],
    ['angle brackets', '<a@b.example>'],
    ['a quoted local part', '"a b"@example.com'],
    ['a quoted address at the start', '"a@evil.example"@example.com'],
    ['quotation marks in the middle', 'a"b"@example.com'],
    ['an encoded word', '=?utf-8?q?a=40evil.example=3e?=@example.com'],
    ['an encoded word and more', '=?x?b?YQ==?=alice@example.com'],
    ['a comment', 'a(comment)@example.com'],
    ['a comment in the domain', 'a@example.com(comment)'],
    ['a source route', '@evil.example:a@example.com'],
    ['an escaped character', 'a\\@b@example.com'],
    ['an address literal', 'a@[192.0.2.1]'],
    ['an IPv6 literal', 'a@[IPv6:2001:db8::1]'],
    ['an IP address', 'a@192.0.2.1'],
    ['an IP address in hexadecimal', 'a@0x7f.1'],
    ['a CRLF and a header', 'a@b.example\r\nBcc: c@evil.example'],
    ['a line feed', 'alice\n@example.com'],
    ['a line feed at the end', 'alice@example.com\n'],
    ['a carriage return in the domain', 'alice@exam\rple.com'],
    ['a command', 'a@b.example>\r\nRCPT TO:<c@evil.example'],
    ['NUL', 'alice\0@example.com'],
    ['NUL in the domain', 'alice@example.com\0.evil.example'],
    ['a leading space', ' alice@example.com'],
    ['a trailing space', 'alice@example.com '],
    ['a space in the domain', 'alice@exa mple.com'],
    ['a no-break space', 'alice@exa\u00A0mple.com'],
    ['a leading dot', '.alice@example.com'],
    ['a dot before the @', 'alice.@example.com'],
    ['two dots', 'al..ice@example.com'],
    ['two dots in the domain', 'alice@example..com'],
    ['a trailing dot', 'alice@example.com.'],
    ['a trailing ideographic dot', 'alice@example.com。'],
    ['a leading dot in the domain', 'alice@.example.com'],
    ['a leading hyphen in a label', 'alice@-example.com'],
    ['a trailing hyphen in a label', 'alice@example-.com'],
    ['an underscore in the domain', 'alice@exam_ple.com'],
    ['a percent sign in the domain', 'alice@exam%2eple.com'],
    ['a path', 'alice@example.com/evil'],
    ['a port', 'alice@example.com:25'],
    ['a full-width @', 'alice＠example.com'],
    ['a full-width @ beside an @', 'alice@example.com＠evil.example'],
    ['a small @', 'alice﹫example.com'],
    ['a full-width local part', 'ａlice@example.com'],
    ['a Cyrillic letter in the local part', 'аlice@example.com'],
    ['an accent in the local part', 'müller@example.com'],
    ['a soft hyphen', 'alice@exam\u00ADple.com'],
    ['a zero-width space', 'alice@exam\u200Bple.com'],
    ['right-to-left text', 'alice@\u202Emoc.elpmaxe'],
    ['a lone surrogate', 'alice@exam\uD800ple.com'],
    ['invalid Punycode', 'alice@xn--iñvalid.example'],
    ['65 characters', `${'x'.repeat(65)}@example.com`],
    ['a label of 64 characters', `a@${'x'.repeat(64)}.example`],
    ['255 characters', `${'x'.repeat(10)}@${label}.${label}.${label}.${'x'.repeat(44)}.example`],
    ['320 characters', `${'x'.repeat(64)}@${`${label}.`.repeat(3)}${'x'.repeat(62)}`],
    ['a domain that becomes long', `a@${'ü'.repeat(60)}.${'ü'.repeat(60)}.${'ü'.repeat(60)}.${'ü'.repeat(40)}.example`],
    ['10 kB', `${'x'.repeat(10_000)}@example.com`],
  ]
  it.each(refused)('refuses %s', (_what, text) => {
    expect(readMailbox(text)).toBeUndefined()
  })
})

describe('readSender', () => {
  it.each([
    ['hallpass@id.example', { name: '', address: 'hallpass@id.example' }],
    ['Example <hallpass@id.example>', { name: 'Example', address: 'hallpass@id.example' }],
    ['Müller & Söhne, KG <mail@bücher.example>', { name: 'Müller & Söhne, KG', address: 'mail@xn--bcher-kva.example' }],
    ['<hallpass@id.example>', { name: '', address: 'hallpass@id.example' }],
  ])('reads %s', (text, sender) => {
    expect(readSender(text)).toEqual(sender)
  })

  it.each([
    '',
    'Example',
    'Example <a@b>',
    'A <a@b.example>, B <c@d.example>',
    'A\r\nBcc: x <a@b.example>',
    '"A" <a@b.example>',
  ])('refuses %j', (text) => {
    expect(readSender(text)).toBeUndefined()
  })
})

describe('maskMailbox', () => {
  it.each([
    ['alice@example.com', 'a***@example.com'],
    ['a@b.example', 'a***@b.example'],
  ])('of %s shows %s', (mailbox, masked) => {
    expect(maskMailbox(mailbox)).toBe(masked)
  })
})
