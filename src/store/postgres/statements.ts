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

const expendable = new Map<string, string>()

/**
 * A statement whose change may be lost with the server, so that no answer waits until it is on the disk. The setting lasts as
 * long as the transaction, which is the statement itself; it is made in what the statement returns, because that takes no
 * further way to the server and holds behind a pooler too. One that returns nothing stays as it is.
 */
export function expendableText(text: string): string {
  let known = expendable.get(text)
  if (known === undefined) {
    known = text.replace(/\bRETURNING [\w, ]+(?=;?\s*$)/, "$&, set_config('synchronous_commit', 'off', true)")
    if (expendable.size < mostNames) expendable.set(text, known)
  }
  return known
}
