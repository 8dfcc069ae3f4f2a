import { asText, ConfigurationError, HallpassError } from '../../errors.ts'

const noConnection = /^ECONN|^EPIPE$|^ETIMEDOUT$|^ENOTFOUND$|^EAI_AGAIN$|^EHOST|^ENETUNREACH$/

/** ENOENT is included: the socket of a server on this machine does not exist while the server is stopped. */
function isNoConnection({ code, syscall }: NodeJS.ErrnoException): boolean {
  return typeof code === 'string' && (noConnection.test(code) || (code === 'ENOENT' && syscall === 'connect'))
}

/**
 * PostgreSQL's errors that pass by themselves or once the operator has acted, by SQLSTATE. The user may be rejected, the
 * database gone or a permission missing (28, 3D000, 42501) while a password is changed or a backup is restored; files may
 * be damaged (58, XX001, XX002).
 */
const passingStates =
  /^08|^28|^3D000$|^53|^57P|^57014$|^58|^40001$|^40P01$|^42501$|^55006$|^55P03$|^25006$|^25P03$|^XX001$|^XX002$/

/** SQLite's: BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB, each with its extended codes. */
const passingSqliteCodes: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 11, 13, 14, 26])

/** pg's own timeouts have no code. */
const passingMessage =
  /timeout|Connection terminated|rolled the transaction back|Client has encountered a connection error|not queryable|removed or replaced/i

/** Whether an error is trouble of the database, and not a fault of the program: the client should try again. */
export function isPassingFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as Error & { code?: unknown; errcode?: unknown }
  if (code === 'ERR_SQLITE_ERROR') return typeof errcode === 'number' && passingSqliteCodes.has(errcode & 0xff)
  if (isNoConnection(error) || isStaleStatement(error)) return true
  if (typeof code === 'string' && passingStates.test(code)) return true
  if (error instanceof AggregateError) return error.errors.some(isPassingFault)
  return passingMessage.test(error.message)
}

/**
 * Whether a connection can no longer run a statement that it has prepared: the table has changed, or the connection has
 * forgotten the statement. Another connection prepares it again.
 */
export function isStaleStatement(error: unknown): boolean {
  const { code, routine } = error as { code?: unknown; routine?: unknown }
  // The first code also means that a feature is missing, and the message may be in any language.
  return (code === '0A000' && routine === 'RevalidateCachedQuery') || code === '26000'
}

/** PostgreSQL's errors for a configuration that cannot work, by SQLSTATE, and what to do about each. */
const misconfigured: readonly [pattern: RegExp, advice: string][] = [
  [/^28/, 'It rejects the user or the password in the address'],
  [
    /^3D000$/,
    'Create it with CREATE DATABASE, or correct the name after the last slash of its address. Without a name, the user name is used',
  ],
  [
    /^3F000$/,
    "Create the schema that the search_path of the role names, or correct it: ALTER ROLE … SET search_path = 'public'",
  ],
  [
    /^42501$/,
    "Grant it CREATE on the schema, or run 'hallpass migrate' as the owner of the tables and grant the server SELECT, INSERT, UPDATE and DELETE",
  ],
]

/** Whether the next attempt will fail in the same way. */
export function isMisconfigured(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && misconfigured.some(([pattern]) => pattern.test(code))
}

/** Turns an error from opening a database into one line that says what to do. */
export function explainStart(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof HallpassError) return error
  const { code } = error as NodeJS.ErrnoException
  if (/client password must be/.test(error.message)) {
    return new ConfigurationError('database_invalid', 'PostgreSQL requires a password, and the address has none', {
      cause: error,
    })
  }
  if (/does not support SSL/.test(error.message)) {
    return new ConfigurationError(
      'database_invalid',
      'PostgreSQL does not support TLS, which sslmode in the address requires, also as prefer. Set ssl = on in postgresql.conf, or sslmode=disable in the address',
      { cause: error },
    )
  }
  if (/max_client_conn/.test(error.message)) {
    return new ConfigurationError(
      'database_invalid',
      `PgBouncer: ${error.message}. Set max_client_conn in pgbouncer.ini to 15 per process of hallpass, plus what other programs need`,
      { cause: error },
    )
  }
  const [, advice] = misconfigured.find(([pattern]) => typeof code === 'string' && pattern.test(code)) ?? []
  if (advice !== undefined) {
    return new ConfigurationError('database_invalid', `PostgreSQL: ${error.message}. ${advice}`, { cause: error })
  }
  if (!isNoConnection(error)) return error
  // An AggregateError has one error for each address of the host, and no message of its own.
  const messages = error instanceof AggregateError ? error.errors.map(messageOf) : [error.message]
  const explained = new Error(`The database does not answer: ${messages.join(', ')}`, { cause: error })
  return Object.assign(explained, { code })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : asText(error)
}
