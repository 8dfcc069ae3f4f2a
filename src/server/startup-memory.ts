import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** How often a server looks whether it is idle. */
const intervalMilliseconds = 250
/** The share of its time that an idle server works. */
const idleShare = 0.1

/**
 * Frees the memory that only the start needed, once, as soon as there is nothing to do. Loading the modules grows the
 * heap to twice what stays in use, and an idle process would keep it: nothing is collected until requests have filled
 * the heap again. Collecting takes 50 to 200 milliseconds, during which nothing else runs. A server that is busy from
 * its start does not wait for that.
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
  }, intervalMilliseconds)
  timer.unref()
}

/** Without a flag at startup, the only way to collect garbage is to set the flag at run time. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  const collectGarbage: NodeJS.GCFunction = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  // `last-resort` also returns the pages to the system. All other flavors keep them in the heap.
  collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  // It also leaves the space for new objects at its smallest. That grows when many objects survive, by this factor, and
  // with the usual 2 a busy server would collect too often for minutes: it would refresh 5 % fewer sessions. With 16, a
  // server that only answers probes would grow as much.
  setFlagsFromString('--semi-space-growth-factor=4')
}
