import { createHash } from 'node:crypto'
import type { QueryConfig } from 'pg'

/**
 * Each connection keeps every statement that it has prepared. The limit leaves out those that a list of varying length
 * produces.
 */
const mostNames = 200
const names = new Map<string, string>()

/**
 * A statement that returns all columns returns others once another process has added one, and PostgreSQL then refuses to
 * run the prepared one.
 */
const answersAllColumns = /^\s*select \*|\breturning \*/i

/**
 * A statement that each connection prepares once.
 * @param isShared Whether the next statement may reach another server connection, which has not prepared it.
 */
export function statementOf(text: string, values: readonly unknown[], isShared: boolean): QueryConfig {
  const isPrepared = !isShared && values.length > 0
  return { text, values: [...values], ...(isPrepared && { name: nameOf(text) }) }
}

function nameOf(text: string): string | undefined {
  let name = names.get(text)
  if (name === undefined && names.size < mostNames && !answersAllColumns.test(text)) {
    name = `hallpass_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
    names.set(text, name)
  }
  return name
}

const expendable = new Map<string, string>()

/**
 * Lets the answer to a statement return before its change is on the disk, so that a server crash may lose the change.
 * The setting lasts until the transaction ends, which is the statement itself. It is made in the RETURNING clause,
 * because that needs no further round trip and also works behind a pooler. A statement without one is not changed.
 */
export function expendableText(text: string): string {
  let known = expendable.get(text)
  if (known === undefined) {
    known = text.replace(/\bRETURNING [\w, ]+(?=;?\s*$)/, "$&, set_config('synchronous_commit', 'off', true)")
    if (expendable.size < mostNames) expendable.set(text, known)
  }
  return known
}
