import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { type ImportRecord, type ReadOptions, understand } from './columns.ts'

/** The formats of import files. Each is read as it comes: a file of any length takes little memory. */
export const readers: Readonly<
  Record<'jsonl' | 'csv', (input: Readable, options: ReadOptions) => AsyncIterable<ImportRecord>>
> = {
  jsonl: readJsonLines,
  csv: readCsv,
}

async function* readJsonLines(input: Readable, options: ReadOptions): AsyncIterable<ImportRecord> {
  let line = 0
  for await (const read of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    const content = line === 1 ? read.replace(/^\ufeff/, '') : read
    if (content.trim() === '') continue
    let raw: unknown
    try {
      raw = JSON.parse(content)
    } catch {
      yield { line, raw: content, fault: 'Not JSON' }
      continue
    }
    yield understand(line, raw, options)
  }
}

/** The first line names the columns. */
async function* readCsv(input: Readable, options: ReadOptions): AsyncIterable<ImportRecord> {
  const unreadable: ImportRecord[] = []
  const parser = input.pipe(
    parse({
      bom: true,
      columns: true,
      info: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: (error) => {
        // Not the message, which quotes what may be a password.
        const reason = (error?.code ?? '').replace(/^CSV_/, '').replaceAll('_', ' ').toLowerCase()
        unreadable.push({ line: Number(error?.lines ?? 0), raw: null, fault: `Not CSV: ${reason}` })
        return undefined
      },
    }),
  )
  input.on('error', (error) => parser.destroy(error))
  for await (const { record, info } of parser) {
    // The parser is ahead of this: what it could not read may stand further down.
    const before = unreadable.findIndex(({ line }) => line > info.lines)
    yield* unreadable.splice(0, before === -1 ? unreadable.length : before)
    yield understand(info.lines, record, options)
  }
  yield* unreadable
}
