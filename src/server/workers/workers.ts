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
   * Tells all workers to report not ready for some seconds and then to finish, and waits until they have. Requests that
   * a worker has received are answered. This process accepts connections and hands them to workers, so a connection
   * that it accepts while the last worker closes is closed unread.
   */
  close(delaySeconds: number): Promise<void>
  /** Kills them at once. */
  kill(): void
}

/** A worker could not start, and would not start at the next attempt either. */
export class WorkerFailure extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super('A worker could not start')
    this.exitCode = exitCode
  }
}

const shortestLifeMilliseconds = 10_000
const longestPauseSeconds = 30
/** A stuck worker never finishes, so it is killed after this time. */
const patienceSeconds = drainSeconds + 5

/**
 * Starts this program `count` times as workers, and replaces those that die. The first one starts alone, so that a
 * fault is found once, and what the first start creates is created by one process.
 * @throws {WorkerFailure} if the first worker ends before it listens; it has printed why
 */
export async function startWorkers(count: number, log: Logger): Promise<Workers> {
  collectMetrics((error) => log.error({ err: error }, 'the metrics of the workers could not be collected'))
  let isClosing = false

  async function keepRunning(first: Worker): Promise<void> {
    for (let worker = first, quickDeaths = 0; ; worker = cluster.fork()) {
      const started = performance.now()
      const how = await ended(worker)
      if (isClosing) return
      log.error({ worker: worker.id, ...how }, 'a worker ended and is being replaced')
      quickDeaths = performance.now() - started < shortestLifeMilliseconds ? quickDeaths + 1 : 0
      if (quickDeaths > 0) await sleep(Math.min(2 ** (quickDeaths - 1), longestPauseSeconds) * 1000)
      if (isClosing) return
    }
  }

  // A worker that is starting listens to no signal and has no port to lose, so it would outlive this process.
  process.once('exit', kill)
  const first = cluster.fork()
  const url = await listeningUrl(first)
  const others = Array.from({ length: count - 1 }, () => cluster.fork())
  for (const worker of [first, ...others]) void keepRunning(worker)
  // The first one serves already. One of the others that dies before it listens is replaced as it would be later.
  await Promise.allSettled(others.map(listeningUrl))
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
