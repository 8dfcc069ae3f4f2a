// How long does a request about very many sessions, or revocations, keep all others waiting?
import { setTimeout as sleep } from 'node:timers/promises'
import { createAuth } from 'hallpass/auth'
import { startDatabases } from './databases.ts'
import { fill, sessionIdOf } from './fill.ts'
import { below, type Measurement, type Result, summarize, type Table } from './measure.ts'

const sessions = 20_000
const entries = 2000
const boundMilliseconds = 50
const probeMilliseconds = 1

export async function run(): Promise<Result> {
  const databases = await startDatabases()
  try {
    const tables: Table[] = []
    for (const [title, make] of Object.entries(databases.make)) tables.push(await measure(title, make))
    return { question: 'The longest that one request holds the event loop', unit: 'ms', tables }
  } finally {
    await databases.remove()
  }
}

/** Each change has its own database, because a user's sessions can be ended only once. */
async function measure(title: string, make: () => Promise<string>): Promise<Table> {
  const rows: Measurement[] = []
  for (const [name, work] of Object.entries(works)) rows.push(summarize(name, [await longestOf(await make(), work)]))
  const targets = rows.map(({ name }) => below(rows, name, boundMilliseconds, 'ms'))
  return { title: `${title}, a user with ${sessions.toLocaleString('en')} sessions`, rows, targets }
}

type Auth = Awaited<ReturnType<typeof createAuth>>

const user = sessionIdOf(1)

const works: Readonly<Record<string, (auth: Auth, database: string) => Promise<unknown>>> = {
  list: async (auth) => {
    const token = auth.jwt.createAccessToken(user)
    const headers = { authorization: `Bearer ${token}` }
    for (let after = '', page = 0; page < 20; page++) {
      const response = await auth.handler(new Request(`http://localhost/auth/sessions${after}`, { headers }))
      after = `?after=${((await response.json()) as { next: string }).next}`
    }
  },
  'log in': (auth) => auth.startSession(user),
  'end all': (auth) => auth.sessions.endAll(user),
  disable: (auth) => auth.users.disable(user),
  'set roles': (auth) => auth.users.setRoles(user, ['editor']),
  delete: (auth) => auth.users.delete(user),
  'a page of revocations': async (auth, url) => {
    await auth.sessions.endAll(user)
    const client = await auth.clients.add('bench')
    await sleep(1500)
    return async () => {
      const headers = { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` }
      const response = await auth.handler(new Request('http://localhost/auth/revocations', { headers }))
      const { revocations } = (await response.json()) as { revocations: unknown[] }
      if (revocations.length !== entries) throw new Error(`${revocations.length} entries from ${url}`)
    }
  },
}

/**
 * The longest delay of a timer that fires every millisecond while `work` runs. If `work` returns a function, only that
 * function is measured.
 */
async function longestOf(url: string, work: (auth: Auth, url: string) => Promise<unknown>): Promise<number> {
  await fill(url, { users: 1, sessionsPerUser: sessions, passwordHash: 'none' })
  const auth = await createAuth({ database: url, secret: 'n0t-a-r3al-secret-but-long-enough-to-be-one' })
  // The first call compiles code, which must not be measured.
  await auth.handler(new Request('http://localhost/auth/me'))
  await sleep(200)
  let probe = startProbe()
  const rest = await work(auth, url)
  if (typeof rest === 'function') {
    probe.stop()
    probe = startProbe()
    await rest()
  }
  await sleep(10)
  const longest = probe.stop()
  await auth.close()
  return longest
}

function startProbe(): { stop(): number } {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - probeMilliseconds)
    last = now
  }, probeMilliseconds)
  return {
    stop() {
      clearInterval(timer)
      return longest
    },
  }
}
