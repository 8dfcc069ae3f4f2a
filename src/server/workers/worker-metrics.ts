import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry, Gauge } from 'prom-client'
import { type ProcessMetrics, workersGauge } from '../metrics.ts'
import { type Message, runningWorkers, send } from './worker-messages.ts'

/**
 * The metrics of several workers in one. What was counted stays counted: of workers that are gone the last that they said is
 * kept, and of one that does not answer it is taken as well, so that no counter ever falls.
 */
export class WorkerMetrics {
  /** What each said last. */
  readonly #last = new Map<number, ProcessMetrics>()
  #gone: ProcessMetrics = []

  note(worker: number, metrics: ProcessMetrics): void {
    this.#last.set(worker, metrics)
  }

  /** A worker has ended. */
  async retire(worker: number): Promise<void> {
    const last = this.#last.get(worker)
    this.#last.delete(worker)
    if (last === undefined) return
    // In one step: another that is retired meanwhile must not be lost.
    const counted = [...this.#gone, ...countersOf(last)]
    this.#gone = counted
    const summed = await AggregatorRegistry.aggregate([counted]).getMetricsAsJSON()
    if (this.#gone === counted) this.#gone = summed
  }

  /** @param replied Those of the running workers that have just said what they count. */
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

/** A worker that takes longer counts as silent: Prometheus itself waits for 10 seconds. */
const replyMilliseconds = 3_000
/** What a worker counted within this is lost when it is killed, unless the metrics were asked for meanwhile. */
const noteMilliseconds = 5_000

/**
 * In the process that started the workers: collects what they count, now and then, and whenever one is asked for it.
 * @param onFault Called where that fails. The worker that asked says then that it got no answer.
 */
export function collectMetrics(onFault: (error: unknown) => void): void {
  const metrics = new WorkerMetrics()
  /** Who is yet to reply to a question. */
  const questions = new Map<number, { readonly replied: Set<number>; readonly silent: Set<number>; done(): void }>()
  const listening = new Set<number>()
  let asked = 0

  /** @returns Who replied. */
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
    // What it said before its end may arrive after it.
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

/** A gauge is of a moment, and of no use later. */
function countersOf(metrics: ProcessMetrics): ProcessMetrics {
  return metrics.filter(({ type }) => ['counter', 'histogram'].includes(String(type)))
}
