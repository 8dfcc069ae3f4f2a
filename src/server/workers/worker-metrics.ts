import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry, Gauge } from 'prom-client'
import { type ProcessMetrics, workersGauge } from '../metrics.ts'
import { type Message, runningWorkers, send } from './worker-messages.ts'

/**
 * Combines the metrics of several workers. No counter ever falls: the last values of a worker are kept after it has
 * ended, and used if it does not answer.
 */
export class WorkerMetrics {
  /** The last metrics of each worker. */
  readonly #last = new Map<number, ProcessMetrics>()
  #gone: ProcessMetrics = []

  note(worker: number, metrics: ProcessMetrics): void {
    this.#last.set(worker, metrics)
  }

  /** Keeps the counters of a worker that has ended. */
  async retire(worker: number): Promise<void> {
    const last = this.#last.get(worker)
    this.#last.delete(worker)
    if (last === undefined) return
    // Assigned before anything is awaited, so that another worker that is retired meanwhile is not lost.
    const counted = [...this.#gone, ...countersOf(last)]
    this.#gone = counted
    const summed = await AggregatorRegistry.aggregate([counted]).getMetricsAsJSON()
    if (this.#gone === counted) this.#gone = summed
  }

  /** @param replied The running workers that have just sent their metrics. */
  text(replied: ReadonlySet<number>, running: readonly number[]): Promise<string> {
    const known = [...this.#last].map(([worker, metrics]) => (replied.has(worker) ? metrics : countersOf(metrics)))
    const all = AggregatorRegistry.aggregate([...known, this.#gone])
    const workers = new Gauge({ ...workersGauge, registers: [all] })
    const silent = running.filter((worker) => !replied.has(worker)).length
    workers.set({ state: 'replied' }, running.length - silent)
    workers.set({ state: 'silent' }, silent)
    return all.metrics()
  }
}

/** A worker that takes longer counts as silent. Prometheus itself waits for 10 seconds. */
const replyMilliseconds = 3_000
/** How much of its counting a worker can lose when it is killed, unless the metrics were read meanwhile. */
const noteMilliseconds = 5_000

/**
 * Runs in the process that started the workers. Collects their metrics regularly, and whenever a worker is asked for
 * them.
 * @param onFault Called if that fails. The worker that asked then reports that it had no answer.
 */
export function collectMetrics(onFault: (error: unknown) => void): void {
  const metrics = new WorkerMetrics()
  /** The workers that have not replied yet, for each question. */
  const questions = new Map<number, { readonly replied: Set<number>; readonly silent: Set<number>; done(): void }>()
  const listening = new Set<number>()
  let asked = 0

  /** @returns The workers that replied. */
  async function ask(): Promise<ReadonlySet<number>> {
    const id = asked++
    const workers = runningWorkers().filter((worker) => listening.has(worker.id))
    const { promise, resolve: done } = Promise.withResolvers<void>()
    const question = { replied: new Set<number>(), silent: new Set(workers.map((worker) => worker.id)), done }
    questions.set(id, question)
    const late = setTimeout(done, workers.length === 0 ? 0 : replyMilliseconds)
    for (const worker of workers) send(worker, { hallpass: 'metrics?', id })
    await promise
    clearTimeout(late)
    questions.delete(id)
    return question.replied
  }

  function noteReply(worker: number, id: number): void {
    const question = questions.get(id)
    if (!question?.silent.delete(worker)) return
    question.replied.add(worker)
    if (question.silent.size === 0) question.done()
  }

  async function answer(worker: Worker, id: number): Promise<void> {
    const replied = await ask()
    const running = runningWorkers().map((one) => one.id)
    send(worker, { hallpass: 'metrics of all', id, text: await metrics.text(replied, running) })
  }

  cluster.on('message', (worker, message: Message) => {
    if (message.hallpass === 'listening') listening.add(worker.id)
    // A message may arrive after the worker that sent it has ended.
    if (message.hallpass === 'metrics' && !worker.isDead()) {
      metrics.note(worker.id, message.metrics)
      noteReply(worker.id, message.id)
    }
    if (message.hallpass === 'metrics of all?') answer(worker, message.id).catch(onFault)
  })
  cluster.on('exit', (worker) => {
    listening.delete(worker.id)
    for (const question of questions.values())
      if (question.silent.delete(worker.id) && question.silent.size === 0) question.done()
    metrics.retire(worker.id).catch(onFault)
  })
  setInterval(ask, noteMilliseconds).unref()
}

/** A gauge describes one moment, and means nothing later. */
function countersOf(metrics: ProcessMetrics): ProcessMetrics {
  return metrics.filter(({ type }) => ['counter', 'histogram'].includes(String(type)))
}
