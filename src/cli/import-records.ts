import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { z } from 'zod'
import type { ImportedUser } from '../accounts/import-users.ts'
import { formatOf } from '../accounts/password-formats.ts'

/** A record of an import file: a user, or why it is none. */
export type ImportRecord = {
  /** Where it stands in the file, from 1. */
  readonly line: number
  /** As it was read, for the list of refused ones. */
  readonly raw: unknown
} & (
  | { readonly user: ImportedUser; readonly fault?: undefined }
  | { readonly user?: undefined; readonly fault: string }
)

const text = z.string()
const nothing = z.literal('').transform(() => undefined)
const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((word) => word === 'true' || word === '1'),
  nothing,
])
const roles = z.union([z.array(text), text.transform((words) => words.split(/[\s;]+/).filter((word) => word !== ''))])

const schema = z
  .strictObject({
    username: text,
    password: z.undefined("Passwords are not imported, hashes are: 'users add' takes a password").optional(),
    id: z.union([nothing, z.number().transform(String), text]).optional(),
    password_hash: text,
    email: z.union([nothing, z.null().transform(() => undefined), text]).optional(),
    roles: roles.optional(),
    disabled: flag.optional(),
  })
  .transform(({ password_hash, password: _, ...rest }) => ({ ...rest, passwordHash: password_hash }))

/** The formats of import files. Each is read as it comes: a file of any length takes little memory. */
export const readers: Readonly<Record<'jsonl' | 'csv', (input: Readable) => AsyncIterable<ImportRecord>>> = {
  jsonl: readJsonLines,
  csv: readCsv,
}

async function* readJsonLines(input: Readable): AsyncIterable<ImportRecord> {
  let line = 0
  for await (const read of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    const content = line === 1 ? read.replace(/^\ufeff/, '') : read
    if (content.trim() === '') continue
    let raw: unknown
    try {
      raw = JSON.parse(content)
    } catch {
      yield { line, raw: content, fault: 'This is not JSON' }
      continue
    }
    yield understand(line, raw)
  }
}

/** The first line names the columns. */
async function* readCsv(input: Readable): AsyncIterable<ImportRecord> {
  const unreadable: ImportRecord[] = []
  const parser = input.pipe(
    parse({
      bom: true,
      columns: true,
      info: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: (error) => {
        unreadable.push({ line: Number(error?.lines ?? 0), raw: null, fault: error?.message ?? 'This cannot be read' })
        return undefined
      },
    }),
  )
  input.on('error', (error) => parser.destroy(error))
  for await (const { record, info } of parser) {
    yield* unreadable.splice(0)
    yield understand(info.lines, record)
  }
  yield* unreadable
}

/** Tables of other apps often call the hash `password`. A password that is one is left as it is, and refused. */
function withHash(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || !('password' in raw) || 'password_hash' in raw) return raw
  const { password, ...rest } = raw
  return typeof password === 'string' && formatOf(password) !== undefined ? { ...rest, password_hash: password } : raw
}

function understand(line: number, raw: unknown): ImportRecord {
  if (JSON.stringify(raw).includes('\ufffd')) return { line, raw, fault: 'This is not UTF-8' }
  const { success, data, error } = schema.safeParse(withHash(raw))
  if (success) return { line, raw, user: data }
  return { line, raw, fault: error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ') }
}
