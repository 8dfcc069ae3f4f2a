import { execFileSync } from 'node:child_process'
import { constants, existsSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

  it('says so at the end', async () => {
    const { log, finish } = makeLog('info', openSync('/dev/full', 'w'))
    log.info('lost')
    expect(await finish()).toBe(false)
  })
})

describe.skipIf(process.platform === 'win32')('a log whose reader is slower', () => {
  it('waits at the end for what is not read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hallpass-log-'))
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    // Both stay open, as above.
    const { log, finish } = makeLog('info', openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK))
    rmSync(folder, { recursive: true })
    for (let lines = 0; lines < 10; lines++) log.info('x'.repeat(2 ** 15))
    log.info('the last one')
    let text = ''
    const chunk = Buffer.alloc(2 ** 20)
    const read = () => {
      try {
        text += chunk.toString('utf8', 0, readSync(reader, chunk))
      } catch (error) {
        // Nothing is there yet.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      }
    }
    read()
    expect(text).not.toContain('the last one')
    const finished = finish(600_000)
    const reading = setInterval(read, 10)
    expect(await finished).toBe(true)
    clearInterval(reading)
    read()
    expect(text.match(/\n/g)).toHaveLength(11)
    expect(text).toContain('the last one')
  })
})
