/** A contestant's result: the median over the rounds, and how far the rounds lie apart. */
export interface Measurement {
  readonly name: string
  /** One figure a round, in the order of the rounds. */
  readonly samples: readonly number[]
  readonly median: number
  /** Half of the rounds lie within this many percent of the median, to either side. */
  readonly spreadPercent: number
}

/** What a benchmark answers. */
export interface Result {
  readonly question: string
  readonly unit: string
  readonly tables: readonly Table[]
}

export interface Table {
  readonly title: string
  readonly rows: readonly Measurement[]
  readonly targets: readonly Target[]
}

/** A demand that the figures of one run must meet. */
export interface Target {
  readonly demand: string
  readonly actual: string
  readonly isReached: boolean
}

type Contestant = () => unknown

const rounds = 15
const roundMilliseconds = 120

/**
 * Microseconds per call of each contestant. They take turns, A B C A B C …, so that a machine that slows down slows
 * all of them: only the ratios count.
 */
export async function alternate(contestants: Readonly<Record<string, Contestant>>): Promise<Measurement[]> {
  const samples = new Map(Object.keys(contestants).map((name) => [name, [] as number[]]))
  for (const contestant of Object.values(contestants)) await timeRound(contestant)
  for (let round = 0; round < rounds; round++) {
    for (const [name, contestant] of Object.entries(contestants)) samples.get(name)?.push(await timeRound(contestant))
  }
  return [...samples].map(([name, values]) => summarize(name, values))
}

export function summarize(name: string, values: readonly number[]): Measurement {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] as number
  const median = at(0.5)
  return { name, samples: values, median, spreadPercent: ((at(0.75) - at(0.25)) / 2 / median) * 100 }
}

async function timeRound(contestant: Contestant): Promise<number> {
  const isAsync = contestant() instanceof Promise
  const end = performance.now() + roundMilliseconds
  const start = performance.now()
  let calls = 0
  // The clock is read once for so many calls that reading it does not count.
  while (performance.now() < end) {
    for (let i = 0; i < 50; i++) {
      const result = contestant()
      if (isAsync) await result
    }
    calls += 50
  }
  return ((performance.now() - start) * 1000) / calls
}

/**
 * The median of the ratios within each round. Rounds follow each other by seconds, and what slows a round slows both:
 * the ratio of two medians would compare one minute of the machine with another.
 */
export function ratioOf(rows: readonly Measurement[], name: string, to: string): number {
  const [ours, theirs] = [name, to].map((one) => rows.find((row) => row.name === one)?.samples ?? [])
  const ratios = (ours ?? []).map((value, round) => value / (theirs?.[round] ?? Number.NaN))
  return summarize(name, ratios).median
}

export function medianOf(rows: readonly Measurement[], name: string): number {
  const row = rows.find((one) => one.name === name)
  if (row === undefined) throw new Error(`${name} was not measured`)
  return row.median
}

/** `ours` must take at most `factor` times as long as `other`. */
export function atMost(rows: readonly Measurement[], ours: string, factor: number, other: string): Target {
  const ratio = ratioOf(rows, ours, other)
  return {
    demand: `${ours} ≤ ${factor} × ${other}`,
    actual: `${ratio.toFixed(2)} ×`,
    isReached: ratio <= factor,
  }
}
