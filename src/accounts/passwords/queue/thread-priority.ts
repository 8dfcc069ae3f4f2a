import { readdirSync, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'

/** A tenth of the weight of other threads: low enough to yield, and not so low that another program starves them. */
export const loweredPriority: number = constants.priority.PRIORITY_BELOW_NORMAL

/**
 * Makes the threads that hash passwords yield whenever the event loop has work. On a machine that is busy with logins,
 * requests that only carry a token are answered as if there were none.
 *
 * Linux has a priority for each thread, and accepts a thread id in place of a process id. On other systems, and if
 * threads have no names yet, nothing is changed.
 */
export async function yieldToEventLoop(): Promise<void> {
  if (process.platform !== 'linux') return
  // The threads exist once one of them was needed.
  await stat('.')
  for (const thread of readdirSync('/proc/self/task')) {
    try {
      const name = readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim()
      if (name.startsWith('libuv-worker')) setPriority(Number(thread), loweredPriority)
    } catch {
      // The thread has ended, or we lack the permission: then all keep their priority.
    }
  }
}
