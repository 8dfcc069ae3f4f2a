/** What databases answer when they cannot be asked now, and can later: a client is told to try again. */
const passing: readonly RegExp[] = [
  /^ECONN|^EPIPE$|^ETIMEDOUT$|^ENOTFOUND$|^EAI_AGAIN$|^EHOST|^ENETUNREACH$/, // no connection
  /^08|^53|^57P|^57014$|^40001$|^40P01$|^55P03$|^25006$|^25P03$/, // PostgreSQL's SQLSTATE classes
]

/** SQLite: BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN, each with its extended codes. */
const passingSqliteCodes: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 13, 14])

/** pg has no code for its own time limits. */
const passingMessage =
  /timeout|Connection terminated|Client has encountered a connection error|not queryable|removed or replaced/i

/** Whether an error is the database's trouble of this moment, and no fault of the program. */
export function isPassingFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as Error & { code?: unknown; errcode?: unknown }
  if (code === 'ERR_SQLITE_ERROR') return typeof errcode === 'number' && passingSqliteCodes.has(errcode & 0xff)
  if (typeof code === 'string' && passing.some((pattern) => pattern.test(code))) return true
  if (error instanceof AggregateError) return error.errors.some(isPassingFault)
  return passingMessage.test(error.message)
}
