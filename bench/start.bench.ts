// How soon does `hallpass serve` answer, and how much memory does it take to wait?
import { setTimeout as sleep } from 'node:timers/promises'
import { startDatabases } from './databases.ts'
import { type RunningServer, startBareServer, startHallpass } from './hallpass.ts'
import { below, type Result, takeTurns } from './measure.ts'

const rounds = 9
/** Until an idle server has given back the memory of its start. */
const idleSeconds = 12

export async function run(): Promise<Result> {
  const databases = await startDatabases()
  try {
    const existing = await databases.make.SQLite()
    const contestants = {
      'bare node:http': startBareServer,
      'hallpass serve, new database': async () => startHallpass(await databases.make.SQLite()),
      'hallpass serve, existing database': () => startHallpass(existing),
    }
    const start = await takeTurns(mapValues(contestants, startMillisecondsOf), rounds)
    const memory = await takeTurns(mapValues(contestants, idleMegabytesOf), 3)
    const bounds = (unit: string, bound: number, rows: typeof start) =>
      rows.slice(1).map(({ name }) => below(rows, name, bound, unit))
    const tables = [
      { title: 'From the start of the process to the first answer', rows: start, targets: bounds('ms', 500, start) },
      { title: 'Resident memory, idle', unit: 'MB', rows: memory, targets: bounds('MB', 100, memory) },
    ]
    return { question: 'Start', unit: 'ms', tables }
  } finally {
    await databases.remove()
  }
}

type Start = () => Promise<RunningServer>

function mapValues(
  contestants: Readonly<Record<string, Start>>,
  measure: (start: Start) => Promise<number>,
): Record<string, () => Promise<number>> {
  return Object.fromEntries(Object.entries(contestants).map(([name, start]) => [name, () => measure(start)]))
}

async function startMillisecondsOf(start: Start): Promise<number> {
  const server = await start()
  await server.end()
  return server.startMilliseconds
}

async function idleMegabytesOf(start: Start): Promise<number> {
  const server = await start()
  await sleep(idleSeconds * 1000)
  const megabytes = server.residentMegabytes()
  await server.end()
  return megabytes
}
