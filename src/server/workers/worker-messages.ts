import cluster, { type Worker } from 'node:cluster'
import type { ProcessMetrics } from '../metrics.ts'

/** What workers and the process that started them say to each other. */
export type Message =
  /** A worker: it answers requests. */
  | { readonly hallpass: 'listening'; readonly url: string }
  /** A worker: it was asked for the metrics of all. */
  | { readonly hallpass: 'metrics of all?'; readonly id: number }
  | { readonly hallpass: 'metrics of all'; readonly id: number; readonly text: string }
  /** To a worker: what has it counted? */
  | { readonly hallpass: 'metrics?'; readonly id: number }
  | { readonly hallpass: 'metrics'; readonly id: number; readonly metrics: ProcessMetrics }
  /** To a worker: it is to finish. */
  | { readonly hallpass: 'stop'; readonly delaySeconds: number }

/** Says it, to one that still hears. */
export function send(worker: Worker, message: Message): void {
  // One that ends at this moment fails to hear it: its end is noticed by itself.
  if (worker.isConnected()) worker.send(message, () => {})
}

export function runningWorkers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
}
