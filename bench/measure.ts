/** A contestant's result: the median of the rounds, and their spread. */
export interface Measurement {
  readonly name: string
  /** One figure per round, in the order of the rounds. */
  readonly samples: readonly number[]
  readonly median: number
  /** Half of the rounds lie within this many percent of the median, to either side. */
  readonly spreadPercent: number
}

/** The result of a benchmark. */
export interface Result {
  readonly question: string
  readonly unit: string
  readonly tables: readonly Table[]
}

export interface Table {
  readonly title: string
  /** The unit, if it is not that of the question. */
  readonly unit?: string
  readonly rows: readonly Measurement[]
  readonly targets: readonly Target[]
}

/** A requirement that the figures of one run must meet. */
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
  const turns = Object.entries(contestants).map(([name, contestant]) => [name, () => timeRound(contestant)])
  return takeTurns(Object.fromEntries(turns), rounds)
}

/** The same for contestants that measure themselves: each call returns the figure of one round. */
export async function takeTurns(
  contestants: Readonly<Record<string, () => Promise<number>>>,
  rounds: number,
): Promise<Measurement[]> {
  const samples = new Map(Object.keys(contestants).map((name) => [name, [] as number[]]))
  for (let round = -1; round < rounds; round++) {
    for (const [name, measure] of Object.entries(contestants)) {
      const figure = await measure()
      // The first round warms up.
      if (round >= 0) samples.get(name)?.push(figure)
    }
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
  // The clock is read once per 50 calls, so that reading it does not matter.
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
 * The median of the ratios within each round. What slows down a round affects both contestants, whereas the ratio of
 * two medians would compare one minute of the machine with another.
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

/** `ours` must do at least this percentage of what `other` does in the same time. */
export function atLeast(rows: readonly Measurement[], ours: string, percent: number, other: string): Target {
  const share = ratioOf(rows, ours, other) * 100
  return {
    demand: `${ours} ≥ ${percent} % of ${other}`,
    actual: `${share.toFixed(1)} %`,
    isReached: share >= percent,
  }
}

/** The median must not exceed an absolute bound. */
export function below(rows: readonly Measurement[], name: string, bound: number, unit: string): Target {
  const median = medianOf(rows, name)
  return { demand: `${name} ≤ ${bound} ${unit}`, actual: `${median.toFixed(0)} ${unit}`, isReached: median <= bound }
}

/** How many calls complete per second with this many concurrent ones. */
export async function callsPerSecond(
  call: () => Promise<unknown>,
  { underWay, seconds }: { readonly underWay: number; readonly seconds: number },
): Promise<number> {
  const start = performance.now()
  const end = start + seconds * 1000
  let calls = 0
  const keepCalling = async () => {
    while (performance.now() < end) {
      await call()
      calls++
    }
  }
  await Promise.all(Array.from({ length: underWay }, keepCalling))
  return (calls * 1000) / (performance.now() - start)
}
