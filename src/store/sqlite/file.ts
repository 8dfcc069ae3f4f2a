import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '../../errors.ts'
import type { OpenOptions } from '../engine/database.ts'
import { busyMilliseconds, isBusy } from './driver.ts'

/** FULL: an answer that was given is on the disk, whatever happens to the machine. About 100 µs a write. */
const pragmas = `
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA trusted_schema = OFF;
`

/** @throws {ConfigurationError} `database_invalid` */
export function openFile(path: string, { mayMake = true }: OpenOptions): DatabaseSync {
  try {
    if (path !== ':memory:') {
      // SQLite makes files that anyone may read; these hold password hashes. Its own -wal and -shm take over the mode.
      if (mayMake) closeSync(openSync(path, 'a', 0o600))
      else if (!existsSync(path)) throw new Error("the file does not exist. Run 'hallpass migrate' or start the server")
    }
    const file = new DatabaseSync(path, { timeout: busyMilliseconds })
    // It is written into the file: a command that only reads leaves that as it is.
    if (mayMake) file.exec('PRAGMA journal_mode = WAL')
    file.exec(pragmas)
    file.exec('PRAGMA busy_timeout = 0')
    return file
  } catch (cause) {
    throw new ConfigurationError('database_invalid', `Cannot open the database ${path}: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/**
 * Writes what is there already, into a page that every database has: a disk that is full can still be read. A process that writes
 * at the moment shows that it can be done.
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

const probeMilliseconds = 1000

/** Anyone can ask whether the server is ready, as often as they like. In between, the last outcome is returned. */
export function onceASecond(work: () => void): () => void {
  let next = Number.NEGATIVE_INFINITY
  let outcome = () => {}
  return () => {
    if (performance.now() >= next) {
      next = performance.now() + probeMilliseconds
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

/** A file that was removed goes on taking writes, and they are lost with the process. */
export function watchFile(path: string): () => boolean {
  if (path === ':memory:') return () => true
  const inode = statSync(path).ino
  return () => statSync(path, { throwIfNoEntry: false })?.ino === inode
}
