import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { WorkerMetrics } from './worker-metrics.ts'

/** What a worker counts: a counter, a histogram of one value, and a gauge. */
async function counted(requests: number, memory = 0) {
  const registers = [new Registry()]
  new Counter({ name: 'requests', help: '-', labelNames: ['route'], registers }).inc({ route: '/a' }, requests)
  new Histogram({ name: 'seconds', help: '-', buckets: [1], registers }).observe(requests)
  new Gauge({ name: 'memory', help: '-', registers }).set(memory)
  return (registers[0] as Registry).getMetricsAsJSON()
}

function valuesOf(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

describe('the metrics of workers', () => {
  const text = async (metrics: WorkerMetrics, replied: number[], running = replied) =>
    valuesOf(await metrics.text(new Set(replied), running))

  it('are sums', async () => {
    const metrics = new WorkerMetrics()
    metrics.note(1, await counted(3, 10))
    metrics.note(2, await counted(4, 20))
    expect(await text(metrics, [1, 2])).toEqual({
      'requests{route="/a"}': 7,
      'seconds_bucket{le="1"}': 0,
      'seconds_bucket{le="+Inf"}': 2,
      seconds_sum: 7,
      seconds_count: 2,
      memory: 30,
      'hallpass_workers{state="replied"}': 2,
      'hallpass_workers{state="silent"}': 0,
    })
  })

  it('have the counters of one that is silent, and no gauge of it', async () => {
    const metrics = new WorkerMetrics()
    metrics.note(1, await counted(3, 10))
    metrics.note(2, await counted(4, 20))
    expect(await text(metrics, [1], [1, 2, 3])).toMatchObject({
      'requests{route="/a"}': 7,
      seconds_count: 2,
      memory: 10,
      'hallpass_workers{state="replied"}': 1,
      'hallpass_workers{state="silent"}': 2,
    })
    expect(await text(metrics, [], [1, 2])).toMatchObject({ 'requests{route="/a"}': 7 })
  })

  it('never fall when workers are replaced, several at once too', async () => {
    const metrics = new WorkerMetrics()
    for (const worker of [1, 2, 3]) metrics.note(worker, await counted(worker))
    await Promise.all([metrics.retire(1), metrics.retire(2)])
    metrics.note(4, await counted(10, 5))
    expect(await text(metrics, [3, 4])).toMatchObject({ 'requests{route="/a"}': 16, seconds_count: 4, memory: 5 })
    await metrics.retire(4)
    await metrics.retire(4)
    expect(await text(metrics, [3])).toMatchObject({ 'requests{route="/a"}': 16, seconds_sum: 16, memory: 0 })
  })

  it('are known before any worker has said a word', async () => {
    expect(await text(new WorkerMetrics(), [], [1])).toEqual({
      'hallpass_workers{state="replied"}': 0,
      'hallpass_workers{state="silent"}': 1,
    })
  })
})
