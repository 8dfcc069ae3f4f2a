import { z } from 'zod'
import { formatOf, looksHashed, unknownHash } from '../../../../accounts/passwords/formats.ts'
import type { ImportedUser } from '../../../../accounts/users/import/imported-user.ts'
import { parseAs } from '../../../../core/input/parse-as.ts'
import { readDate } from './date.ts'
import { readApps, type WayOptions, wayColumns } from './ways.ts'

/** A record of an import file: a user, or the reason why it is not one. */
export type ImportRecord = {
  /** Its line in the file, from 1. */
  readonly line: number
  /** As it was read, for the list of rejected records. */
  readonly raw: unknown
} & ({ readonly user: ImportedUser; readonly fault?: undefined } | ({ readonly user?: undefined } & Fault))

/** Why a record is not a user. */
interface Fault {
  readonly fault: string
  /** The record has a plain-text password, and `--plain-passwords` was not given. */
  readonly isPlainPassword?: boolean
}

/** What a file contains apart from users. */
export interface ImportFindings {
  /** Columns that hallpass does not know. */
  readonly ignored: Set<string>
}

/** How a file is read. */
export interface ReadOptions extends ImportFindings, WayOptions {
  /** Columns that the operator wants to ignore, as if they did not exist. */
  readonly unwanted?: ReadonlySet<string>
  /** Whether `password` may be a plain-text password. */
  readonly plainPasswords: boolean
}

const text = z.string()
const nothing = z.union([z.literal(''), z.null()]).transform(() => undefined)
const words: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['true', 't', 'yes', '1'].map((word) => [word, true])),
  ...Object.fromEntries(['false', 'f', 'no', '0'].map((word) => [word, false])),
}
// A union without its own message reports neither those of its schemas nor what it requires.
const optionalText = z.union([nothing, text], 'Not a string')
const unclear = 'Neither true nor false'
const noTime = 'Not a time such as 2026-11-23T18:00:00Z'
/** A boolean as JSON, Python, SQL and people write it. */
const flag = z.union(
  [
    nothing,
    z.union([z.boolean(), z.number(), text]).transform((value, context) => {
      const word = String(value).toLowerCase()
      if (Object.hasOwn(words, word)) return words[word]
      context.addIssue(unclear)
      return undefined
    }),
  ],
  unclear,
)
const roles = z.union(
  [nothing, z.array(text), text.transform((words) => words.split(/[\s;]+/).filter((word) => word !== ''))],
  'Not a list of strings',
)
const date = z.union([text, z.number()]).transform((value, context) => {
  const read = readDate(value)
  if (read === undefined) context.addIssue(noTime)
  return read
})

/** `false`, `true`, or when it was verified. Zero means never. */
const verified = z.union([flag, date], `${unclear}, nor a time such as 2026-11-23T18:00:00Z`)

const columns = {
  username: text,
  id: z.union([nothing, z.number(), text], 'Neither a string nor a number').optional(),
  password_hash: optionalText.optional(),
  password: optionalText.optional(),
  email: optionalText.optional(),
  email_verified: verified.optional(),
  roles: roles.optional(),
  disabled: flag.optional(),
  created_at: z.union([nothing, date], noTime).optional(),
  ...wayColumns,
}

const schema = z.object(columns)

/** Columns by which other systems lock users out, with their value for a user who may log in. */
const barring: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['active', 'is_active', 'enabled', 'is_enabled'].map((name) => [name, true])),
  ...Object.fromEntries(
    ['banned', 'blocked', 'locked', 'suspended', 'deleted'].flatMap((name) => [
      [name, false],
      [`is_${name}`, false],
    ]),
  ),
}
const barringTime = /^(?:disabled|deactivated|banned|blocked|locked|suspended|deleted)_at$/

/** Reads one record. */
export function understand(line: number, raw: unknown, options: ReadOptions): ImportRecord {
  if (JSON.stringify(raw).includes('\ufffd')) return { line, raw, fault: 'Not UTF-8' }
  const wanted = withoutColumns(raw, options.unwanted)
  const { value: data, faults } = parseAs(schema, wanted)
  if (faults !== undefined) {
    return { line, raw, fault: faults.map(({ member, msg }) => `${member || 'The record'}: ${msg}`).join('; ') }
  }
  const {
    password,
    password_hash,
    created_at: createdAt,
    email_verified: emailVerified,
    identities,
    totp,
    ...rest
  } = data
  const bar = data.disabled === undefined ? barOf(wanted as object) : undefined
  if (bar !== undefined) {
    return {
      line,
      raw,
      fault: `${bar}: This locks the user out: add a column 'disabled' (true keeps the user locked out, false does not), or leave this column out with --ignore`,
    }
  }
  noteIgnored(wanted as object, options.ignored)
  const apps = readApps(totp, options)
  if (typeof apps === 'string') return { line, raw, fault: apps }
  // A user without a password needs another way to log in, which the import checks.
  const hasNone = password === undefined && password_hash === undefined
  const mayHaveNone = identities !== undefined || (emailVerified !== undefined && emailVerified !== false)
  const isSaid = identities !== undefined || Object.hasOwn(wanted as object, 'password_hash')
  const kept: Kept =
    hasNone && mayHaveNone && isSaid ? { passwordHash: null } : readPassword(password, password_hash, options)
  if ('fault' in kept) return { line, raw, ...kept }
  const ways = { ...(identities && { identities }), ...(apps && { totp: apps }) }
  return { line, raw, user: { ...rest, createdAt, emailVerified, ...ways, ...kept } }
}

function withoutColumns(raw: unknown, unwanted: ReadonlySet<string> = new Set()): unknown {
  if (unwanted.size === 0 || typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !unwanted.has(name)))
}

type Kept = { readonly passwordHash: string | null } | { readonly plainPassword: string } | Fault

/**
 * Reads the stored password. Tables of other systems often call the hash `password`, and some call a plain-text
 * password a hash.
 */
function readPassword(password: string | undefined, hash: string | undefined, { plainPasswords }: ReadOptions): Kept {
  const [name, kept] = hash === undefined ? ['password', password] : ['password_hash', hash]
  if (password !== undefined && hash !== undefined) {
    return { fault: 'password: There is also a password_hash: remove one of them' }
  }
  if (kept === undefined) return { fault: 'password_hash: Missing' }
  if (formatOf(kept) !== undefined) return { passwordHash: kept }
  const isDigest = name === 'password_hash' && /^[A-Za-z0-9+/]{20,}={0,2}$/.test(kept)
  if (isDigest || looksHashed(kept)) return { fault: `${name}: ${unknownHash}` }
  if (plainPasswords) return { plainPassword: kept }
  const reason = name === 'password' ? 'Only password hashes are imported' : 'This password hash has an unknown format'
  return { fault: `${name}: ${reason}. It looks like a password in plain text`, isPlainPassword: true }
}

/** A file may have different columns on each line. The first ones are enough to report. */
const mostIgnored = 100

function noteIgnored(raw: object, ignored: Set<string>): void {
  for (const name of Object.keys(raw))
    if (!Object.hasOwn(columns, name) && ignored.size < mostIgnored) ignored.add(name)
}

/**
 * The column that locks a user out, if any. Ignoring it would let such a user in, so the file must also have the column
 * `disabled`.
 */
function barOf(raw: object): string | undefined {
  for (const [column, value] of Object.entries(raw)) {
    const name = column.toLowerCase()
    if (value === '' || value === null) continue
    if (barringTime.test(name)) return name
    if (Object.hasOwn(barring, name) && flag.safeParse(value).data !== barring[name]) return name
  }
  return undefined
}
