import cluster, { type Worker } from 'node:cluster'
import type { ProcessMetrics } from '../metrics.ts'

/** Messages between workers and the process that started them. */
export type Message =
  /** From a worker: it answers requests. */
  | { readonly hallpass: 'listening'; readonly url: string }
  /** From a worker that was asked for the metrics of all. */
  | { readonly hallpass: 'metrics of all?'; readonly id: number }
  | { readonly hallpass: 'metrics of all'; readonly id: number; readonly text: string }
  /** To a worker: asks for its metrics. */
  | { readonly hallpass: 'metrics?'; readonly id: number }
  | { readonly hallpass: 'metrics'; readonly id: number; readonly metrics: ProcessMetrics }
  /** To a worker: it must finish. */
  | { readonly hallpass: 'stop'; readonly delaySeconds: number }

/** Sends a message to a worker that is still connected. */
export function send(worker: Worker, message: Message): void {
  // Sending fails for a worker that ends at this moment. Its end is noticed separately.
  if (worker.isConnected()) worker.send(message, () => {})
}

export function runningWorkers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
}
