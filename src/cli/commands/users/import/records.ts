import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { Failure } from '../../../failure.ts'
import { type ImportRecord, type ReadOptions, understand } from './columns.ts'
import { mostBytesOfLine } from './text-lines.ts'

/** The import formats. Each is read as a stream, so a file of any length takes little memory. */
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
      // A quotation mark that nothing closes would make one record of the rest of the file.
      max_record_size: mostBytesOfLine,
      columns: true,
      info: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: (error) => {
        if (error?.code === 'CSV_MAX_RECORD_SIZE') {
          const most = `more than ${mostBytesOfLine} characters`
          // What is thrown here ends the parser, which could not find the end of this record.
          throw new Failure(`The record at line ${error.lines} has ${most}: is a quotation mark missing?`)
        }
        // Not the message, which quotes text that may be a password.
        const reason = (error?.code ?? '').replace(/^CSV_/, '').replaceAll('_', ' ').toLowerCase()
        unreadable.push({ line: Number(error?.lines ?? 0), raw: null, fault: `Not CSV: ${reason}` })
        return undefined
      },
    }),
  )
  input.on('error', (error) => parser.destroy(error))
  for await (const { record, info } of parser) {
    // The parser reads ahead, so a record that it could not read may come later in the file.
    const before = unreadable.findIndex(({ line }) => line > info.lines)
    yield* unreadable.splice(0, before === -1 ? unreadable.length : before)
    yield understand(info.lines, record, options)
  }
  yield* unreadable
}
