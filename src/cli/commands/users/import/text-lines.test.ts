import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readers } from './records.ts'
import { mostBytesOfLine, textLines } from './text-lines.ts'

const half = 'x'.repeat(mostBytesOfLine / 2)

async function passed(chunks: readonly (string | Buffer)[]): Promise<string> {
  let text = ''
  for await (const chunk of textLines(Readable.from(chunks.map(Buffer.from)), 'a.jsonl')) text += chunk.toString()
  return text
}

describe('textLines', () => {
  const taken: [what: string, chunks: string[]][] = [
    ['nothing', []],
    ['lines, however they are cut', ['{"a":', '1}\n{}', '\n']],
    ['a byte order mark', ['\ufeff{}']],
    ['long lines', [half, half, '\n', half, half]],
    ['lines that end with a carriage return', [half, '\r', half, half]],
  ]
  it.each(taken)('passes on %s', async (_what, chunks) => {
    expect(await passed(chunks)).toBe(chunks.join(''))
  })

  const refused: [what: string, chunks: (string | Buffer)[], says: RegExp][] = [
    ['gzip', [gzipSync('{}')], /^a.jsonl is compressed with gzip: /],
    ['a spreadsheet', ['PK\x03\x04'], /is a ZIP archive or a spreadsheet: /],
    ['UTF-16', [Buffer.from('\ufeff{}', 'utf16le')], /is UTF-16: /],
    ['UTF-16 in the other byte order', [Buffer.from('\ufeff{}', 'utf16le').swap16()], /is UTF-16: /],
    ['UTF-16 without its mark', [Buffer.from('{}', 'utf16le')], /is not UTF-8 text$/],
    ['a line without an end', ['{}\n', half, half, 'x'], /has a line of more than 1048576 bytes$/],
  ]
  it.each(refused)('refuses %s', async (_what, chunks, says) => {
    await expect(passed(chunks)).rejects.toThrow(says)
  })

  it('is followed by a limit of CSV records, which can have many lines', async () => {
    const open = `username,password\n"a,b\n${'x,y\n'.repeat(mostBytesOfLine / 2)}`
    const records = readers.csv(Readable.from([Buffer.from(open)]), { plainPasswords: false, ignored: new Set() })
    const reading = (async () => {
      for await (const _ of records);
    })()
    await expect(reading).rejects.toThrow(/^The record at line \d+ has more than 1048576 characters: /)
  })

  it('counts what was read', async () => {
    const counts: number[] = []
    for await (const _ of textLines(Readable.from([Buffer.from('ä\n'), Buffer.from('b')]), '-', (n) => counts.push(n)));
    expect(counts).toEqual([3, 1])
  })

  it.each(['jsonl', 'csv'] as const)('fails the reader of %s', async (format) => {
    const input = Readable.from(textLines(Readable.from([Buffer.from('a,b\n'), gzipSync('{}')]), 'a'))
    const zipped = Readable.from(textLines(Readable.from([gzipSync('{}')]), 'a'))
    const options = { plainPasswords: false, ignored: new Set<string>() }
    const all = async (from: Readable) => {
      for await (const _ of readers[format](from, options));
    }
    await expect(all(zipped)).rejects.toThrow(/gzip/)
    await expect(all(input)).resolves.toBeUndefined()
  })
})
