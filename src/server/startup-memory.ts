import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** After the first requests, which may have waited for the start. */
const delayMilliseconds = 250

/**
 * Frees the memory that only the start needed, once, soon after it. Loading the modules grows the heap to twice what
 * stays in use, and an idle process would keep it: nothing is collected until requests have filled the heap again. This
 * takes about 50 milliseconds, during which nothing else runs.
 */
export function releaseStartupMemory(): void {
  setTimeout(collect, delayMilliseconds).unref()
}

/** Without a flag at startup, the only way to collect garbage is to set the flag at run time. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  const collectGarbage: NodeJS.GCFunction = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  // `last-resort` also returns the pages to the system. All other flavors keep them in the heap.
  collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  // It also leaves the space for new objects at its smallest. That grows when many objects survive, by this factor, and
  // with the usual 2 a busy server would collect too often for minutes: it would refresh 5 % fewer sessions.
  setFlagsFromString('--semi-space-growth-factor=16')
}
