import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { drainSeconds } from '../connections.ts'
import type { Logger } from '../logs.ts'
import { type Message, runningWorkers, send } from './worker-messages.ts'
import { collectMetrics } from './worker-metrics.ts'

/** Workers that listen on one port. */
export interface Workers {
  readonly url: string
  /**
   * Tells all to finish, not ready for some seconds and then no more, and waits until they have. What a worker has is answered.
   * This process takes connections and hands them to workers: one that it takes while the last of them closes is closed unread.
   */
  close(delaySeconds: number): Promise<void>
  /** Ends them at once. */
  kill(): void
}

/** One that cannot start is not the fault of the moment. */
export class WorkerFailure extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super('A worker could not start')
    this.exitCode = exitCode
  }
}

const shortestLifeMilliseconds = 10_000
const longestPauseSeconds = 30
/** A worker that is stuck finishes nothing. Beyond what it may take it is ended. */
const patienceSeconds = drainSeconds + 5

/**
 * Starts this program N times, and keeps the workers running: one that dies is replaced. The first goes ahead, so that
 * what cannot work is found once, and what is made at a first start is made by one.
 * @throws {WorkerFailure} where the first ends before it listens; it has said why
 */
export async function startWorkers(count: number, log: Logger): Promise<Workers> {
  collectMetrics((error) => log.error({ err: error }, 'the metrics of the workers could not be collected'))
  let isClosing = false

  async function keepRunning(first: Worker): Promise<void> {
    for (let worker = first, quickDeaths = 0; ; worker = cluster.fork()) {
      const started = performance.now()
      const how = await ended(worker)
      if (isClosing) return
      log.error({ worker: worker.id, ...how }, 'a worker ended and is replaced')
      quickDeaths = performance.now() - started < shortestLifeMilliseconds ? quickDeaths + 1 : 0
      if (quickDeaths > 0) await sleep(Math.min(2 ** (quickDeaths - 1), longestPauseSeconds) * 1000)
      if (isClosing) return
    }
  }

  const first = cluster.fork()
  const url = await listeningUrl(first)
  const others = Array.from({ length: count - 1 }, () => cluster.fork())
  for (const worker of [first, ...others]) void keepRunning(worker)
  await Promise.all(others.map(listeningUrl))
  return {
    url,
    async close(delaySeconds) {
      isClosing = true
      const all = runningWorkers().map((worker) => new Promise((resolve) => worker.once('exit', resolve)))
      for (const worker of runningWorkers()) send(worker, { hallpass: 'stop', delaySeconds })
      const late = sleep((delaySeconds + patienceSeconds) * 1000, undefined, { ref: false })
      await Promise.race([Promise.all(all), late])
      kill()
    },
    kill,
  }
}

function kill(): void {
  for (const worker of runningWorkers()) worker.process.kill('SIGKILL')
}

function listeningUrl(worker: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: Message) => {
      if (message.hallpass === 'listening') resolve(message.url)
    })
    worker.once('exit', (code) => reject(new WorkerFailure(code ?? 1)))
  })
}

function ended(worker: Worker): Promise<{ readonly code: number; readonly signal: string }> {
  return new Promise((resolve) => worker.once('exit', (code, signal) => resolve({ code, signal })))
}
