import { describe, expect, it } from 'vitest'
import { afterFault, errorText, PermanentFault } from './faults.ts'

const now = new Date('2026-11-26T12:00:00Z')
const seconds = (count: number) => new Date(now.getTime() + count * 1000)

describe('a mail that could not be sent', () => {
  const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ESOCKET', command: 'CONN' })
  const waits: [attempts: number, seconds: number][] = [
    [1, 5],
    [2, 30],
    [3, 120],
    [4, 600],
    [5, 1800],
    [6, 3600],
    [20, 3600],
  ]
  it.each(waits)('is sent again after attempt %i in %i seconds', (attempts, wait) => {
    expect(afterFault(down, { attempts, createdAt: now, now }, []).nextAt).toEqual(seconds(wait))
  })

  it('is given up when the next attempt would be after a day', () => {
    const createdAt = seconds(-23 * 3600)
    expect(afterFault(down, { attempts: 9, createdAt, now }, []).nextAt).toEqual(seconds(3600))
    expect(afterFault(down, { attempts: 9, createdAt: seconds(-23 * 3600 - 1), now }, []).nextAt).toBeNull()
  })

  const kinds: [what: string, fault: unknown, attempts: number, isGivenUp: boolean][] = [
    ['a recipient that does not exist', { responseCode: 550, command: 'RCPT TO' }, 1, true],
    ['a recipient whose mailbox is full', { responseCode: 452, command: 'RCPT TO' }, 1, false],
    ['a sender that is rejected', { responseCode: 553, command: 'MAIL FROM' }, 9, false],
    ['a login that is rejected', { permanent: true, responseCode: 535, command: 'AUTH PLAIN' }, 9, false],
    ['a server that is closed to us', { responseCode: 554, command: 'CONN' }, 9, false],
    ['a login that is missing', { responseCode: 530, command: 'RCPT TO' }, 9, false],
    ['relaying that is denied', { responseCode: 554, response: '554 5.7.1 denied', command: 'RCPT TO' }, 4, false],
    ['relaying that is still denied', { responseCode: 554, response: '554 5.7.1 denied', command: 'RCPT TO' }, 5, true],
    ['a policy', { responseCode: 550, response: '550 5.7.26 unauthenticated', command: 'RCPT TO' }, 4, false],
    ['a domain that takes no mail', { responseCode: 556, command: 'RCPT TO' }, 1, true],
    ['content that is rejected', { responseCode: 554, command: 'DATA' }, 4, false],
    ['content that is rejected again', { responseCode: 554, command: 'DATA' }, 5, true],
    ['a temporary answer to the content', { responseCode: 451, command: 'DATA' }, 9, false],
    ['an application’s permanent error', Object.assign(new Error('suppressed'), { permanent: true }), 1, true],
    ['an invalid address', new PermanentFault('not a mailbox'), 1, true],
    ['an application that throws nothing', undefined, 1, false],
    ['an application that throws text', 'no', 1, false],
  ]
  it.each(kinds)('after %s', (_what, fault, attempts, isGivenUp) => {
    expect(afterFault(fault, { attempts, createdAt: now, now }, []).nextAt === null).toBe(isGivenUp)
  })
})

describe('errorText', () => {
  it.each([
    ['550 5.1.1 <alice@example.com>: Recipient address rejected', '550 5.1.1 … Recipient address rejected'],
    ['554 spam: https://id.example/auth/pages/reset-password#token=x', '554 spam: …'],
    ['554 your code 12345678 looks like spam', '554 your code … looks like spam'],
    [
      '554 seen: 1234 5678 and =\r\nhp_aB3dE in <a href=3D"https://i=\r\nd.example/#to=\r\nken=3D">',
      '554 seen: … and … in …',
    ],
    ['554 bad\r\nword\u202E', '554 bad word'],
    [`554 ${'A'.repeat(43)} x`, '554 … x'],
    ['x '.repeat(500), 'x '.repeat(100).trim()],
  ])('of %j', (message, text) => {
    expect(errorText(Object.assign(new Error(message), { responseCode: 554 }), ['12345678', ''])).toBe(text)
  })

  it.each([
    ['an object without a prototype', Object.create(null)],
    ['a message without a prototype', { message: Object.create(null) }],
    ['a message that is no text', { message: { toString: null } }],
    ['nothing', undefined],
  ])('of %s', (_what, fault) => {
    expect(errorText(fault, [])).toMatch(/^[\w ,.…]{1,40}$/)
  })

  it('keeps a system error about a connection', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:2525'), { code: 'ESOCKET' })
    expect(errorText(refused, [])).toBe('connect ECONNREFUSED 127.0.0.1:2525')
  })
})
