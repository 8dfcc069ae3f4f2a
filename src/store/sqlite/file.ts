import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '../../errors.ts'
import type { OpenOptions } from '../engine/database.ts'
import { busyMilliseconds, isBusy } from './driver.ts'

/**
 * FULL: once a request is answered, its changes are on the disk, even if the machine fails. This costs about 100 µs per
 * write.
 */
const pragmas = `
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA trusted_schema = OFF;
`

/** A command in another folder than the server's, or without its settings, looks for the database in the wrong place. */
const missing =
  "the file does not exist. Set HALLPASS_DATABASE or --database as for the server; to create a database, run 'hallpass migrate' or start the server"

/** @throws {ConfigurationError} `database_invalid` */
export function openFile(path: string, { mayMake = true }: OpenOptions): DatabaseSync {
  let file: DatabaseSync | undefined
  try {
    if (path !== ':memory:') requirePath(path, mayMake)
    file = new DatabaseSync(path, { timeout: busyMilliseconds })
    // The mode is stored in the file, and a command that only reads must not change it.
    if (mayMake) setWriteAheadLog(file)
    file.exec(pragmas)
    // Takes the lock that keeps other processes from removing the log, and creates the log if there is none.
    file.exec('PRAGMA schema_version')
    file.exec('PRAGMA busy_timeout = 0')
    return file
  } catch (cause) {
    file?.close()
    throw new ConfigurationError('database_invalid', `Cannot open the database ${path}: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/**
 * SQLite creates files that anyone can read, and this one contains password hashes. The -wal and -shm files inherit its
 * mode.
 *
 * A file that exists must not be opened here. Closing it would release the locks that other connections of this process
 * have on it, and the next process that ends would delete a log that they still write to.
 */
function requirePath(path: string, mayMake: boolean): void {
  const found = statSync(path, { throwIfNoEntry: false })
  // Opening a named pipe would wait for another process, and block this one.
  if (found?.isFile() === false) throw new Error('it is not a regular file')
  if (found === undefined) {
    if (!mayMake) throw new Error(missing)
    closeSync(openSync(path, 'a', 0o600))
  } else if (mayMake) accessSync(path, constants.W_OK)
}

/**
 * With any other journal, a process that reads keeps all others from writing. SQLite keeps the journal that it has,
 * without an error, where processes cannot share memory.
 */
function setWriteAheadLog(file: DatabaseSync): void {
  const { journal_mode: mode } = file.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string }
  if (mode === 'wal' || mode === 'memory') return
  throw new Error(
    'write-ahead logging does not work here: it needs shared memory, which some file systems do not support. Put the file on a local disk, or use PostgreSQL',
  )
}

/**
 * Rewrites an existing value in a page that every database has, because a full disk can still be read. If another
 * process is writing at the moment, writing is possible.
 */
export function tryToWrite(file: DatabaseSync): void {
  try {
    file.exec('BEGIN IMMEDIATE')
  } catch (error) {
    if (isBusy(error)) return
    throw error
  }
  try {
    const { user_version } = file.prepare('PRAGMA user_version').get() as { user_version: number }
    file.exec(`PRAGMA user_version = ${user_version}`)
    file.exec('COMMIT')
  } catch (error) {
    if (file.isTransaction) file.exec('ROLLBACK')
    throw error
  }
}

/** @returns A function that works at most once in this time. In between, it returns or throws as it did before. */
export function atMostEvery(milliseconds: number, work: () => void): () => void {
  let next = Number.NEGATIVE_INFINITY
  let outcome = () => {}
  return () => {
    if (performance.now() >= next) {
      next = performance.now() + milliseconds
      try {
        work()
        outcome = () => {}
      } catch (error) {
        outcome = () => {
          throw error
        }
      }
    }
    outcome()
  }
}
