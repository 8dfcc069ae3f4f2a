import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readText } from './read-text.ts'

describe('readText', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-text-'))
  const path = join(folder, 'file')
  afterAll(() => rmSync(folder, { recursive: true }))

  const text = 'NAME=wörld\r\n'
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le')
  const read: [what: string, bytes: Buffer, is: string][] = [
    ['UTF-8', Buffer.from(text), text],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`), text],
    ['UTF-16', utf16, text],
    ['UTF-16 in the other byte order', Buffer.from(utf16).swap16(), text],
    ['nothing', Buffer.alloc(0), ''],
    ['nothing but a byte order mark', Buffer.from('\ufeff'), ''],
  ]
  it.each(read)('reads %s', (_what, bytes, is) => {
    writeFileSync(path, bytes)
    expect(readText(path)).toBe(is)
  })

  const refused: [what: string, bytes: Buffer][] = [
    ['UTF-16 without a byte order mark', Buffer.from('NAME=world', 'utf16le')],
    ['half a character of UTF-16', utf16.subarray(0, 5)],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x4e, 0, 0, 0])],
    ['Latin-1', Buffer.from(text, 'latin1')],
    ['32 bytes at random', Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 37 + 128) % 256))],
  ]
  it.each(refused)('refuses %s', (_what, bytes) => {
    writeFileSync(path, bytes)
    expect(() => readText(path)).toThrow('is not UTF-8 text')
  })

  const unending = existsSync('/dev/zero') ? ['/dev/zero'] : []
  it.each([...unending, path])('does not read %s to its end if it is too long', (long) => {
    writeFileSync(path, 'x'.repeat(2 ** 20 + 1))
    expect(() => readText(long)).toThrow('more than')
  })

  describe.skipIf(process.platform === 'win32')('from a pipe', () => {
    const pipe = join(folder, 'pipe')
    beforeAll(() => void execFileSync('mkfifo', [pipe]))

    it.each([
      ['at once', `printf '${'x'.repeat(100_000)}'`],
      ['in parts', 'printf xx; sleep 0.1; printf xx'],
    ])('reads what is written %s', async (_how, command) => {
      const writer = spawn('sh', ['-c', `echo ready; { ${command}; } > "$0"`, pipe])
      await once(writer.stdout, 'data')
      expect(readText(pipe)).toMatch(/^(?:x{4}|x{100000})$/)
    })

    it('throws if nobody writes', () => {
      expect(() => readText(pipe)).toThrow('is a pipe without a writer')
    })
  })

  it.each([join(folder, 'nothing'), folder])('throws if there is no file', (none) => {
    expect(() => readText(none)).toThrow()
  })
})
