import type { Session } from '../store/sessions/sessions.ts'
import type { User } from '../store/users/users.ts'
import { printable, printableLines } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** A value of a listing: what programs get, and what people see of it. */
export type Row = Readonly<Record<string, unknown>>

/** One document for programs, or aligned columns for people. */
export async function printRows(
  terminal: Terminal,
  rows: readonly Row[],
  { json }: { readonly json?: boolean },
): Promise<void> {
  if (json) printJson(terminal, rows)
  else if (rows.length > 0) terminal.stdout.write(`${(await columnsOf(rows)).join('\n')}\n`)
}

/** The names of the columns and the rows as lines, aligned as a terminal shows them: 山 takes two columns, an accent none. */
export async function columnsOf(rows: readonly Row[]): Promise<string[]> {
  const { default: stringWidth } = await import('string-width')
  const names = Object.keys(rows[0] ?? {})
  const lines = [names, ...rows.map((row) => names.map((name) => asText(row[name])))]
  const widths = names.map((_, column) =>
    lines.reduce((most, line) => Math.max(most, stringWidth(line[column] ?? '')), 0),
  )
  const padded = (cell: string, column: number) => cell + ' '.repeat((widths[column] ?? 0) - stringWidth(cell))
  return lines.map((line) => line.map(padded).join('  ').trimEnd())
}

/** One thing, a line for each of its members. */
export function printOne(terminal: Terminal, row: Row, { json }: { readonly json?: boolean }): void {
  if (json) {
    printJson(terminal, row)
    return
  }
  const width = Math.max(...Object.keys(row).map(({ length }) => length))
  for (const [name, value] of Object.entries(row)) terminal.stdout.write(`${name.padEnd(width)}  ${asText(value)}\n`)
}

export function printJson({ stdout }: Terminal, value: unknown): void {
  // JSON escapes some of it by itself: what is left is the same document with more of it escaped.
  stdout.write(`${printableLines(JSON.stringify(value, null, 2))}\n`)
}

export function userRow(user: User): Row {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    roles: user.roles,
    disabled: user.disabledAt !== null,
    created_at: user.createdAt.toISOString(),
    last_login_at: user.lastLoginAt?.toISOString() ?? null,
  }
}

export function sessionRow(session: Session): Row {
  return {
    id: session.id,
    created_at: session.createdAt.toISOString(),
    last_used_at: session.lastUsedAt.toISOString(),
    expires_at: (session.idleExpiresAt < session.expiresAt ? session.idleExpiresAt : session.expiresAt).toISOString(),
    address: session.address,
    user_agent: session.userAgent,
  }
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (Array.isArray(value)) return value.length === 0 ? '-' : printable(value.join(' '))
  return printable(String(value))
}
