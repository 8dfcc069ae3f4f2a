import { ConfigurationError } from '../../errors.ts'
import type { Database, OpenOptions } from './database.ts'

/**
 * Opens `sqlite:` and a path (created if missing, mode 0600), `sqlite::memory:`, or a `postgres://` address.
 * @throws {ConfigurationError} `database_invalid`, `package_missing`
 * @example const database = await openDatabase('sqlite:app.db')
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  const fault = faultOfAddress(url)
  // The message does not repeat the address, which may contain a password.
  if (fault !== undefined) throw new ConfigurationError('database_invalid', `The address of the database ${fault}`)
  if (isOfPostgres(url)) return (await import('../postgres/postgres.ts')).openPostgres(url)
  return (await import('../sqlite/sqlite.ts')).openSqlite(url.slice('sqlite:'.length), options)
}

/** What is wrong with an address, as far as that can be checked without opening it; `undefined` if nothing is. */
export function faultOfAddress(url: string): string | undefined {
  if (isOfPostgres(url)) return undefined
  // SQLAlchemy reads three slashes as a path in the working directory, others as an absolute path.
  if (url.startsWith('sqlite://')) {
    return "is 'sqlite:' followed by a path, without '//': write 'sqlite:app.db' for a file in the working directory, or an absolute path such as 'sqlite:/var/lib/app.db'"
  }
  return /^sqlite:./.test(url) ? undefined : "must be 'sqlite:' followed by a path, or 'postgres://…'"
}

/** Whether this is a PostgreSQL address, valid or not. */
export function isOfPostgres(url: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(url)
}
