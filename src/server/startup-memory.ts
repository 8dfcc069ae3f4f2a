import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** After the first requests, which may be waiting for the start. */
const delayMilliseconds = 250

/**
 * Gives memory back that only the start needed, once, soon after it. Loading the modules grows the heap to twice of what stays
 * in use, and an idle process would keep that: nothing collects it before requests have filled the heap again. It takes about 50
 * milliseconds, in which nothing else runs.
 */
export function releaseStartupMemory(): void {
  setTimeout(collect, delayMilliseconds).unref()
}

/** There is no other way to it than a flag, unless the process was started with one. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  const collectGarbage: NodeJS.GCFunction = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  // `last-resort` also returns the pages. Any other kind leaves them with the heap.
  collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
