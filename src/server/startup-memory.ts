import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** A server is idle if it worked for less than this share of this time. */
const idleShare = 0.1
const idleMilliseconds = 10_000

/**
 * Frees the memory that only the start needed, once, when the server has been idle for a while. Loading the modules
 * grows the heap to twice what stays in use, and an idle process would keep it: nothing is collected until requests have
 * filled the heap again.
 *
 * Collecting takes 50 to 200 milliseconds, during which nothing else runs, and leaves so small a heap that the next
 * requests are collected after more often: at its limit, a server then refreshes 5 % fewer sessions. So a server that is
 * busy from its start, as after a restart under load, keeps its heap.
 */
export function releaseStartupMemory(): void {
  let before = performance.eventLoopUtilization()
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    if (utilization > idleShare) return
    clearInterval(timer)
    collect()
  }, idleMilliseconds)
  timer.unref()
}

/** Without a flag at startup, the only way to collect garbage is to set the flag at run time. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  const collectGarbage: NodeJS.GCFunction = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  // `last-resort` also returns the pages to the system. All other flavors keep them in the heap.
  collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
