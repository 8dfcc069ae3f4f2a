import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { AggregatorRegistry } from 'prom-client'
import type { Logger } from './logs.ts'

/** What a worker tells the process that started it, and is told. */
type Message =
  | { readonly hallpass: 'listening'; readonly url: string }
  | { readonly hallpass: 'metrics asked'; readonly id: number }
  | { readonly hallpass: 'metrics'; readonly id: number; readonly text: string | null }

/** Workers that listen on one port. */
export interface Workers {
  readonly url: string
  /** Tells all to finish, and waits until they have. */
  close(): Promise<void>
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

/**
 * Starts this program again, so many times, and keeps them running: one that dies is replaced. The first goes ahead, so that
 * what cannot work is found once, and what is made at a first start is made by one.
 * @throws {WorkerFailure} where the first ends before it listens; it has said why
 */
export async function startWorkers(count: number, log: Logger): Promise<Workers> {
  const registry = new AggregatorRegistry()
  let isClosing = false

  cluster.on('message', (worker, message: Message) => {
    if (message.hallpass !== 'metrics asked') return
    const answer = (text: string | null) => {
      if (worker.isConnected()) worker.send({ hallpass: 'metrics', id: message.id, text } satisfies Message)
    }
    registry.clusterMetrics().then(answer, () => answer(null))
  })

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
    async close() {
      isClosing = true
      const workers = Object.values(cluster.workers ?? {}) as Worker[]
      const all = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)))
      for (const worker of workers) worker.process.kill('SIGTERM')
      await Promise.all(all)
    },
    kill() {
      for (const worker of Object.values(cluster.workers ?? {}) as Worker[]) worker.process.kill('SIGKILL')
    },
  }
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

/** The side of a worker. */
export interface WorkerSide {
  readonly id: number
  listening(url: string): void
  /** The metrics of all workers in one. */
  metrics(): Promise<string>
  /** Resolves when it is told to end. Left alone, a worker ends by itself: it has no port any more. */
  readonly stopped: Promise<void>
}

/** `undefined` in a process that nobody started as a worker. */
export function workerSide(): WorkerSide | undefined {
  const { worker } = cluster
  if (worker === undefined) return undefined
  const waiting = new Map<number, PromiseWithResolvers<string>>()
  let asked = 0
  const send = (message: Message) => process.send?.(message)
  process.on('message', (message: Message) => {
    if (message.hallpass !== 'metrics') return
    const { resolve, reject } = waiting.get(message.id) ?? {}
    waiting.delete(message.id)
    if (message.text === null) reject?.(new Error('Not every worker has told its metrics'))
    else resolve?.(message.text)
  })
  const stopped = new Promise<void>((resolve) => process.once('SIGTERM', () => resolve()))
  // A terminal sends it to everybody; the process that started this one passes it on.
  process.on('SIGINT', () => {})
  return {
    id: worker.id,
    listening: (url) => send({ hallpass: 'listening', url }),
    metrics() {
      const answer = Promise.withResolvers<string>()
      waiting.set(asked, answer)
      send({ hallpass: 'metrics asked', id: asked++ })
      return answer.promise
    },
    stopped,
  }
}
