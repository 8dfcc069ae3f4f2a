import { createHash } from 'node:crypto'
import type { QueryConfig } from 'pg'

/** Each connection keeps every statement that it has prepared: those of lists that are now long, now short, are not among them. */
const mostNames = 200
const names = new Map<string, string>()

/** What these answer changes when another process adds a column, and PostgreSQL refuses to run them again then. */
const answersAllColumns = /^\s*select \*|\breturning \*/i

/**
 * A statement, to be prepared once for each connection.
 * @param isShared Whether the next one may come to another connection of the server, which has not prepared it.
 */
export function statementOf(text: string, values: readonly unknown[], isShared: boolean): QueryConfig {
  const isPrepared = !isShared && values.length > 0 && !answersAllColumns.test(text)
  return { text, values: [...values], ...(isPrepared && { name: nameOf(text) }) }
}

function nameOf(text: string): string | undefined {
  let name = names.get(text)
  if (name === undefined && names.size < mostNames) {
    name = `hallpass_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
    names.set(text, name)
  }
  return name
}
