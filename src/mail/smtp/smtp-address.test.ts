import { describe, expect, it } from 'vitest'
import { readSmtpAddress, smtpMistakes } from './smtp-address.ts'

describe('readSmtpAddress', () => {
  const read: [text: string, address: object][] = [
    ['smtp://mail.example', { host: 'mail.example', port: 587, isSecure: false, requiresTls: true }],
    ['smtps://mail.example', { host: 'mail.example', port: 465, isSecure: true, requiresTls: false }],
    ['smtp://mail.example:2525/', { host: 'mail.example', port: 2525, isSecure: false, requiresTls: true }],
    ['smtp://localhost:1025', { host: 'localhost', port: 1025, isSecure: false, requiresTls: false }],
    ['smtp://127.0.0.1:1025', { host: '127.0.0.1', port: 1025, isSecure: false, requiresTls: false }],
    ['smtp://[::1]:1025', { host: '::1', port: 1025, isSecure: false, requiresTls: false }],
    ['smtp://127.evil.example', { host: '127.evil.example', port: 587, isSecure: false, requiresTls: true }],
    ['smtp://localhost?starttls=required', { host: 'localhost', port: 587, isSecure: false, requiresTls: true }],
    ['smtp://mail_server:25?starttls=off', { host: 'mail_server', port: 25, isSecure: false, requiresTls: false }],
    [
      'smtp://me%40mail.example:p%40ss%2F%23%25@mail.example',
      {
        host: 'mail.example',
        port: 587,
        isSecure: false,
        requiresTls: true,
        user: 'me@mail.example',
        password: 'p@ss/#%',
      },
    ],
  ]
  it.each(read)('reads %s', (text, address) => {
    expect(readSmtpAddress(text)).toEqual(address)
  })

  const refused: [what: string, text: string][] = [
    ['nothing', ''],
    ['a host alone', 'mail.example'],
    ['another protocol', 'https://user:hunter2@mail.example'],
    ['no host', 'smtp://'],
    ['a user without a host', 'smtp://user:hunter2@'],
    ['a port that is none', 'smtp://user:hunter2@mail.example:smtp'],
    ['port 0', 'smtp://user:hunter2@mail.example:0'],
    ['a path', 'smtp://user:hunter2@mail.example/x'],
    ['a slash in the password', 'smtp://user:hunter2/x@mail.example'],
    ['a number sign in the password', 'smtp://user:hunter2#x@mail.example'],
    ['a question mark in the password', 'smtp://user:hunter2?x@mail.example'],
    ['a percent sign in the password', 'smtp://user:hunter2%@mail.example'],
    ['a line break in the password', 'smtp://user:hunter2%0d%0a@mail.example'],
    ['a password without a user', 'smtp://:hunter2@mail.example'],
    ['a misspelt parameter', 'smtp://user:hunter2@mail.example?starttl=off'],
    ['a value that is none', 'smtp://user:hunter2@mail.example?starttls=maybe'],
    ['STARTTLS within TLS', 'smtps://user:hunter2@mail.example?starttls=required'],
    ['a blank in the host', 'smtp://user:hunter2@mail example'],
    ['two hosts', 'smtp://user:hunter2@mail.example,other.example'],
  ]
  it.each(refused)('refuses %s, without the password', (_what, text) => {
    const mistakes = smtpMistakes(text)
    expect(mistakes).not.toEqual([])
    expect(mistakes.join()).not.toContain('hunter2')
  })
})
