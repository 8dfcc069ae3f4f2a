// How much longer does the answer take for one name than for another?
import { randomBytes } from 'node:crypto'
import { createAuth } from 'hallpass/auth'
import { alternate, atMost, type Measurement, type Result } from './measure.ts'

const password = 'wonderland at tea time'
const attempts = {
  'a wrong password': { username: 'alice', password: 'a wrong password' },
  'an unknown user': { username: 'nobody', password },
  'a name that no one can have': { username: ' \u202e ', password },
  'a disabled account': { username: 'bob', password },
}

export async function run(): Promise<Result> {
  const auth = await createAuth({
    database: 'sqlite::memory:',
    secret: randomBytes(32).toString('base64url'),
    limits: { attemptsPerAccount: 100_000, attemptsPerAddress: 100_000 },
  })
  try {
    await auth.users.add({ username: 'alice', password })
    const { id } = await auth.users.add({ username: 'bob', password })
    await auth.users.disable(id)
    const attempt = async (body: object) => {
      const { status } = await auth.handler(requestOf(body), { incoming: { socket: { remoteAddress: '127.0.0.1' } } })
      if (status !== 401) throw new Error(`answered ${status}`)
    }
    const contestants = Object.entries(attempts).map(([name, body]) => [name, () => attempt(body)])
    const rows = await alternate(Object.fromEntries(contestants))
    return {
      question: 'Enumeration',
      unit: 'µs',
      tables: [{ title: 'A refused login', rows, targets: targetsOf(rows) }],
    }
  } finally {
    await auth.close()
  }
}

/** No name may take longer than another. */
function targetsOf(rows: readonly Measurement[]) {
  return rows.slice(1).map(({ name }) => atMost(rows, name, 1.05, 'a wrong password'))
}

function requestOf(body: object): Request {
  const headers = { 'content-type': 'application/json' }
  return new Request('http://localhost/auth/login', { method: 'POST', headers, body: JSON.stringify(body) })
}
