// What does a process keep of a million revocations, and what does asking cost?
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { endOfSession } from '../src/revocations/revocation.ts'
import { RevocationSet } from '../src/revocations/revocation-set.ts'
import { alternate, below, medianOf, type Result, summarize } from './measure.ts'

const rounds = 3
const counts = [100_000, 1_000_000]

export async function run(): Promise<Result> {
  const memory = []
  for (const count of counts) {
    const figures: Record<string, number>[] = []
    for (let round = 0; round < rounds; round++) figures.push(await mebibytesOf(count))
    for (const kind of ['a Set of texts', 'hallpass']) {
      memory.push(
        summarize(
          `${kind}, ${count.toLocaleString('en')}`,
          figures.map((figure) => figure[kind] as number),
        ),
      )
    }
  }
  const times = await alternate({ 'none kept': makeAsk(0), '1,000,000 kept': makeAsk(1_000_000) })
  const asking = medianOf(times, '1,000,000 kept')
  const target = { demand: 'asking ≤ 0.2 µs', actual: `${asking.toFixed(2)} µs`, isReached: asking <= 0.2 }
  const tables = [
    { title: 'Memory', rows: memory, targets: [below(memory, 'hallpass, 1,000,000', 64, 'MiB')] },
    {
      title: 'Asking about a token',
      unit: 'µs',
      rows: times,
      targets: [target],
    },
  ]
  return { question: 'Revocations in memory', unit: 'MiB', tables }
}

async function mebibytesOf(count: number): Promise<Record<string, number>> {
  const program = new URL('revocation-set.memory.ts', import.meta.url).pathname
  const args = ['--expose-gc', '--conditions=hallpass-source', program, String(count)]
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout)
}

function makeAsk(kept: number): () => boolean {
  const set = new RevocationSet()
  const now = new Date()
  const expiresAt = new Date(now.getTime() + 60 * 60 * 1000)
  for (let n = 0; n < kept; n += 1000)
    set.add(
      Array.from({ length: 1000 }, () => ({ ...endOfSession(randomUUID()), expiresAt })),
      now,
    )
  const tokens = Array.from({ length: 10_000 }, () => ({
    jti: randomUUID(),
    sid: randomUUID(),
    gen: 1,
    sub: randomUUID(),
  }))
  const header = { kid: randomUUID() }
  let turn = 0
  return () => set.has(tokens[turn++ % tokens.length] as (typeof tokens)[number], header)
}
