// Runs in its own process for revocation-set.bench.ts. Prints the mebibytes that this many revocations take.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { endOfSession } from '../src/revocations/revocation.ts'
import { RevocationSet } from '../src/revocations/revocation-set.ts'

const count = Number(process.argv[2])
const now = new Date()
const expiresAt = new Date(now.getTime() + 60 * 60 * 1000)

/** The buffers of tables that have grown since are freed in the background, after the collection. */
async function mebibytes(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.()
    await sleep(50)
  }
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

const before = await mebibytes()
const set = new RevocationSet()
for (let n = 0; n < count; n += 1000)
  set.add(
    Array.from({ length: 1000 }, () => ({ ...endOfSession(randomUUID()), expiresAt })),
    now,
  )
const ours = (await mebibytes()) - before

const between = await mebibytes()
// Strings with their own characters, as JSON.parse makes them, and not slices of others.
const plain = new Set(Array.from({ length: count }, () => Buffer.from(randomUUID()).toString('latin1')))
const texts = (await mebibytes()) - between

// Keeps both alive until they have been measured.
if (set.size !== count || plain.size !== count) throw new Error('Something was lost')
console.log(JSON.stringify({ hallpass: ours, 'a Set of texts': texts }))
