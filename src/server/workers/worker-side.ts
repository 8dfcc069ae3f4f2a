import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { RequestError } from '../../errors.ts'
import type { MetricsOfAll } from '../metrics.ts'
import type { Message } from './worker-messages.ts'

/** The worker's side of the communication. */
export interface WorkerSide {
  readonly id: number
  listening(url: string): void
  readonly metrics: MetricsOfAll
  /**
   * Resolves when the worker must end, with how long it reports not ready first. The value is `undefined` after a
   * signal, such as systemd sends to every process of a service. If the main process dies, the worker ends by itself,
   * because it has no port any more.
   */
  readonly stopped: Promise<number | undefined>
}

/** Longer than the process that started the workers waits for each of them. */
const longestWaitMilliseconds = 8_000

/** @returns `undefined` in a process that was not started as a worker. */
export function workerSide(): WorkerSide | undefined {
  const { worker } = cluster
  if (worker === undefined) return undefined
  const waiting = new Map<number, (text: string) => void>()
  const stopped = Promise.withResolvers<number | undefined>()
  let provide: Parameters<MetricsOfAll['provide']>[0] = async () => []
  let asked = 0
  const send = (message: Message) => process.send?.(message)
  process.on('message', (message: Message) => {
    if (message.hallpass === 'metrics of all') waiting.get(message.id)?.(message.text)
    else if (message.hallpass === 'stop') stopped.resolve(message.delaySeconds)
    else if (message.hallpass === 'metrics?') {
      // If it fails, this worker counts as silent.
      provide().then(
        (metrics) => send({ hallpass: 'metrics', id: message.id, metrics }),
        () => {},
      )
    }
  })
  // Either signal may arrive more than once, and the process that started this worker decides what to do.
  process.on('SIGTERM', () => stopped.resolve(undefined))
  process.on('SIGINT', () => {})

  async function textOfAll(): Promise<string> {
    const id = asked++
    const answer = new Promise<string>((resolve) => waiting.set(id, resolve))
    const ending = new AbortController()
    const late = sleep(longestWaitMilliseconds, undefined, { signal: ending.signal }).then(() => {
      throw new RequestError('unavailable', 'The metrics of the workers were not collected in time')
    })
    send({ hallpass: 'metrics of all?', id })
    return Promise.race([answer, late]).finally(() => {
      ending.abort()
      waiting.delete(id)
    })
  }

  return {
    id: worker.id,
    listening: (url) => send({ hallpass: 'listening', url }),
    metrics: {
      text: textOfAll,
      provide(collect) {
        provide = collect
      },
    },
    stopped: stopped.promise,
  }
}
