import { ConfigurationError } from '../../errors.ts'
import type { Database, OpenOptions } from './database.ts'

/**
 * Opens `sqlite:` and a path (made where there is none, mode 0600), `sqlite::memory:`, or a `postgres://` address.
 * @throws {ConfigurationError} `database_invalid`, `package_missing`
 * @example const database = await openDatabase('sqlite:app.db')
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  const fault = faultOfAddress(url)
  // The address may hold a password: it is not repeated.
  if (fault !== undefined) throw new ConfigurationError('database_invalid', `The address of the database ${fault}`)
  if (isOfPostgres(url)) return (await import('../postgres/postgres.ts')).openPostgres(url)
  return (await import('../sqlite/sqlite.ts')).openSqlite(url.slice('sqlite:'.length), options)
}

/** What is wrong with an address, as far as it can be seen without opening it; `undefined` where nothing is. */
export function faultOfAddress(url: string): string | undefined {
  if (isOfPostgres(url)) return undefined
  // To SQLAlchemy three slashes are a path in the working directory, to others one from the root on.
  if (url.startsWith('sqlite://')) {
    return "is 'sqlite:' followed by a path, without '//': write 'sqlite:app.db' for a file in the working directory, or an absolute path such as 'sqlite:/var/lib/app.db'"
  }
  return /^sqlite:./.test(url) ? undefined : "must be 'sqlite:' followed by a path, or 'postgres://…'"
}

/** Whether it is an address of PostgreSQL, readable or not. */
export function isOfPostgres(url: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(url)
}
