import { readdirSync, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'

/** A tenth of the weight that other threads have: enough to step back, and not so little as to starve beside another program. */
export const loweredPriority: number = constants.priority.PRIORITY_BELOW_NORMAL

/**
 * Lets the threads that hash passwords step back whenever the event loop has something to do: on a machine that is full of
 * logins, requests that only carry a token are answered as if there were none.
 *
 * Linux has a priority for each thread, and takes a thread's number where a process's is asked for. Elsewhere, and where
 * threads have no names yet, nothing is changed.
 */
export async function yieldToEventLoop(): Promise<void> {
  if (process.platform !== 'linux') return
  // The threads are there once one of them was needed.
  await stat('.')
  for (const thread of readdirSync('/proc/self/task')) {
    try {
      const name = readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim()
      if (name.startsWith('libuv-worker')) setPriority(Number(thread), loweredPriority)
    } catch {
      // It has ended meanwhile, or we may not: then all are as they were.
    }
  }
}
