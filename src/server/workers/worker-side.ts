import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { RequestError } from '../../errors.ts'
import type { MetricsOfAll } from '../metrics.ts'
import type { Message } from './worker-messages.ts'

/** The side of a worker. */
export interface WorkerSide {
  readonly id: number
  listening(url: string): void
  readonly metrics: MetricsOfAll
  /**
   * Resolves when it must end, with the time for which it is not ready first: `undefined` after a signal, as systemd sends
   * one to every process of a service. Left alone, a worker ends by itself: it has no port any more.
   */
  readonly stopped: Promise<number | undefined>
}

/** The process that started the workers waits for less than this for each of them. */
const longestWaitMilliseconds = 8_000

/** `undefined` in a process that was not started as a worker. */
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
      // One that cannot say is counted as silent.
      provide().then(
        (metrics) => send({ hallpass: 'metrics', id: message.id, metrics }),
        () => {},
      )
    }
  })
  // Each of them may come more than once, and the process that started this one says what to do.
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
