import { existsSync, openSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeError, makeLog } from './logs.ts'

function caused(message: string, cause: unknown): Error {
  return Object.assign(new Error(message), { cause })
}

describe('what is logged of an error', () => {
  const own = caused('own', undefined)
  own.cause = own
  const one = caused('one', undefined)
  one.cause = caused('other', one)
  const rows: [what: string, thrown: unknown, logged: object][] = [
    [
      'with a code and a cause',
      caused('late', Object.assign(new Error('lost'), { code: 'ECONNRESET' })),
      {
        name: 'Error',
        message: 'late',
        cause: { message: 'lost', code: 'ECONNRESET' },
      },
    ],
    ['that is not one', 'text', { message: 'text' }],
    ['that is no text', Object.create(null), { message: 'object' }],
    [
      'with a cause that is no text',
      caused('odd', Object.create(null)),
      { message: 'odd', cause: { message: 'object' } },
    ],
    ['that is its own cause', own, { message: 'own' }],
    ['that is the cause of its cause', one, { message: 'one', cause: { message: 'other' } }],
  ]
  it.each(rows)('%s', (_what, thrown, logged) => {
    const described = describeError(thrown)
    expect(described).toMatchObject(logged)
    expect(() => JSON.stringify(described)).not.toThrow()
  })

  it('leaves out what drivers attach', () => {
    const fault = Object.assign(new Error('failed'), { query: 'INSERT', parameters: ['secret'] })
    expect(Object.keys(describeError(fault)).sort()).toEqual(['code', 'message', 'name', 'stack'])
  })
})

describe.skipIf(!existsSync('/dev/full'))('a log that cannot be written', () => {
  it('counts the lines that it loses', () => {
    const full = openSync('/dev/full', 'w')
    const { log, lostLines } = makeLog('info', full)
    const line = 'x'.repeat(2 ** 16)
    for (let lines = 0; lines < 15; lines++) log.info(line)
    expect(lostLines()).toBe(0)
    for (let lines = 0; lines < 5; lines++) log.info(line)
    expect(lostLines()).toBe(5)
    // It stays open: the log tries again, and would write into whatever file has its number next.
  })
})
