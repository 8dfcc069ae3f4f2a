import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'

/**
 * A file that was removed or replaced still accepts writes, which are lost with the process. The same is true of its
 * write-ahead log.
 * @returns A function that throws once this has happened.
 */
export function watchFile(path: string, file: DatabaseSync): () => void {
  const location = file.location()
  if (location === null) return () => {}
  // SQLite has followed all links. If one of them changes, the next start would open another file.
  const given = path.startsWith('file:') ? location : resolve(path)
  const log = `${location}-wal`
  const ours = { file: identify(given), log: identify(log) }
  let isLogEmpty = false
  return function requireOurFile() {
    const isOurFile = ours.file !== undefined && identify(given) === ours.file
    const currentLog = ours.log && identify(log)
    if (isOurFile && currentLog === ours.log) {
      isLogEmpty = false
      return
    }
    // Only once, because another process may then use the log. A process that has created another log has changed the
    // index of this one, which is in shared memory.
    if (!isLogEmpty && (currentLog === ours.log || currentLog === undefined)) isLogEmpty = emptyLog(file)
    const what = isOurFile ? `The write-ahead log ${log}` : `The database file ${given}`
    throw new Error(`${what} was removed or replaced: put it back, or restart`)
  }
}

/** @returns The device and the number, since file systems number their files alike; `undefined` if it is not found. */
function identify(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}

/**
 * Copies the log into the open file, to which it belongs, wherever that is now. The next process would apply it to the
 * file that has the path by then, such as a restored backup.
 * @returns Whether it is empty. It is not while a transaction, or another process, uses it.
 */
function emptyLog(file: DatabaseSync): boolean {
  if (file.isTransaction) return false
  const { busy } = file.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
  return busy === 0
}
