import type { RevocationSource } from '../revocations/revocation-feed.ts'
import type { Database, Watch } from '../store/engine/database.ts'
import { readRevocations } from '../store/revocations/revocation-journal.ts'
import type { Valkey } from '../store/valkey.ts'
import type { SharedClock } from './shared-clock.ts'

/**
 * Reads the revocations of other processes on the same database, for a feed. After a failed read, the next one starts
 * over from the beginning, because it may reach another server.
 */
export function openJournal(
  database: Database,
  { valkey, sharedClock }: { readonly valkey: Valkey | undefined; readonly sharedClock: SharedClock },
): RevocationSource {
  let onChange = () => {}
  let watch: Watch | undefined
  let cursor = ''
  let isClosed = false

  function stopWatching(): void {
    watch?.close()
    watch = undefined
    cursor = ''
  }
  return {
    async read() {
      watch ??= await database.watch(() => onChange())
      try {
        if (isClosed) throw new Error('Closed')
        const began = sharedClock.steadyNow
        const page = await readRevocations(database, cursor, watch.query)
        cursor = page.cursor
        sharedClock.observe(page.now, began)
        return page
      } catch (error) {
        stopWatching()
        throw error
      }
    },
    rewind() {
      cursor = ''
    },
    listen(listener) {
      onChange = listener
      valkey?.listen(listener)
    },
    close() {
      isClosed = true
      stopWatching()
    },
  }
}
