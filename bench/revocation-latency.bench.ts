// How long after a logout on one node is the token refused on another?

import { Passwords } from '../src/accounts/passwords/passwords.ts'
import { operatorsTurn } from '../src/accounts/passwords/queue/hash-turn.ts'
import { type Node, password, startNode, untilOther } from '../test/nodes/node.ts'
import { startValkey } from '../test/valkey.ts'
import { startDatabases } from './databases.ts'
import { fill } from './fill.ts'
import { type Measurement, type Result, summarize, type Target } from './measure.ts'

const logouts = { SQLite: 300, PostgreSQL: 1000, 'PostgreSQL and Valkey': 300 } as const
const boundMilliseconds = 100

export async function run(): Promise<Result> {
  const databases = await startDatabases()
  const valkey = await startValkey()
  const passwordHash = await new Passwords({ memoryKiB: 64, passes: 1 }).hash(password, operatorsTurn)
  try {
    const rows: Measurement[] = []
    const targets: Target[] = []
    for (const [name, count] of Object.entries(logouts)) {
      const database = await databases.make[name === 'SQLite' ? 'SQLite' : 'PostgreSQL']()
      await fill(database, { users: 1, sessionsPerUser: 0, passwordHash })
      const args = name.endsWith('Valkey') ? ['--valkey', valkey.url] : []
      const [one, other] = [await startNode(database, args), await startNode(database, args)]
      const milliseconds: number[] = []
      for (let i = 0; i < count; i++) milliseconds.push(await logoutOn(one, other))
      for (const node of [one, other]) await node.stop()
      rows.push(summarize(name, milliseconds))
      targets.push(p99Of(name, milliseconds))
    }
    const title = 'From the answer to the logout on one node to the first refusal on the other'
    return { question: 'Revocation between nodes', unit: 'ms', tables: [{ title, rows, targets }] }
  } finally {
    await valkey.stop()
    await databases.remove()
  }
}

async function logoutOn(one: Node, other: Node): Promise<number> {
  const { access_token: token } = await one.login('user1')
  if ((await other.ask(token)) !== '200') throw new Error('The other node refuses a good token')
  await one.send('/auth/logout', {}, token)
  const { answer, milliseconds } = await untilOther(other, token, '200', 1)
  if (answer !== '401 token_revoked') throw new Error(`The other node answers ${answer}`)
  return milliseconds
}

function p99Of(name: string, milliseconds: readonly number[]): Target {
  const sorted = [...milliseconds].sort((a, b) => a - b)
  const at = (share: number) => (sorted[Math.ceil(sorted.length * share) - 1] as number).toFixed(1)
  const actual = `${at(0.99)} ms, the last of ${sorted.length} after ${at(1)} ms`
  return { demand: `${name}: 99 % ≤ ${boundMilliseconds} ms`, actual, isReached: Number(at(0.99)) <= boundMilliseconds }
}
