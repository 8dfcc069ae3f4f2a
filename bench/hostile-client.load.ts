// One hostile client: requests everything that it may, as fast as it is answered, from 127.0.0.9 and its own process.
// It stops by itself, after some seconds or a million requests, and prints how many answers it received, by kind and
// status.
import { Agent, request } from 'node:http'

const [url, seconds, password] = process.argv.slice(2) as [string, string, string]
/** Concurrent requests of each kind, so that those that wait for a hash delay no others. */
const underWay = 4
const mostRequests = 1_000_000
const accounts = 20
const agent = new Agent({ keepAlive: true, localAddress: '127.0.0.9' })
const end = performance.now() + Number(seconds) * 1000
const counts: Record<string, number> = {}
let sent = 0

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

/** The tokens of each of its accounts. */
const tokens: Tokens[] = []

type Kind = (turn: number) => Promise<unknown>

const json = { 'content-type': 'application/json' }
const readOwn = ['GET', '/auth/me'] as const
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const tokensOf = (turn: number) => tokens[turn % accounts]
const bearer = (turn: number) => ({ authorization: `Bearer ${tokensOf(turn)?.access_token ?? 'x'}` })

const kinds: Readonly<Record<string, Kind>> = {
  'log in': async (turn) => {
    const answer = await send('POST', '/auth/login', json, { username: `user${(turn % accounts) + 1}`, password })
    if (answer !== undefined) tokens[turn % accounts] = answer as Tokens
  },
  'log in wrongly': (turn) => send('POST', '/auth/login', json, { username: `user${turn}`, password: 'wrong guess' }),
  register: (turn) => send('POST', '/auth/register', json, { username: `robot ${process.pid} ${turn}`, password }),
  'register again': () => send('POST', '/auth/register', json, { username: 'user1', password }),
  me: (turn) => send(...readOwn, bearer(turn)),
  list: (turn) => send('GET', '/auth/sessions', bearer(turn)),
  'list on': (turn) =>
    send('GET', `/auth/sessions?limit=1&after=01900000-0000-7000-8000-${'0'.repeat(12)}`, bearer(turn)),
  refresh: async (turn) => {
    const body = { refresh_token: tokensOf(turn)?.refresh_token ?? 'x' }
    const answer = await send('POST', '/auth/refresh', json, body)
    if (answer !== undefined) tokens[turn % accounts] = answer as Tokens
  },
  revoke: (turn) => send('POST', '/auth/revoke', form, `token=${tokensOf(turn)?.access_token ?? 'x'}`),
  'revoke again': () => send('POST', '/auth/revoke', form, `token=${tokensOf(0)?.access_token ?? 'x'}`),
  'end others': (turn) => send('DELETE', '/auth/sessions', bearer(turn)),
  // More logouts would leave it without sessions.
  'log out': (turn) => (turn % 10 === 0 ? send('POST', '/auth/logout', bearer(turn)) : send(...readOwn, bearer(turn))),
  introspect: (turn) => send('POST', '/auth/introspect', form, `token=${turn}&client_id=x&client_secret=y`),
  reauthenticate: (turn) => send('POST', '/auth/reauthenticate', { ...json, ...bearer(turn) }, { password }),
}

await Promise.all(
  Object.values(kinds).flatMap((kind) => Array.from({ length: underWay }, (_, lane) => attack(kind, lane))),
)
agent.destroy()
console.log(JSON.stringify({ sent, counts }))

async function attack(kind: Kind, lane: number): Promise<void> {
  for (let turn = lane; performance.now() < end && sent < mostRequests; turn += underWay) {
    await kind(turn)
  }
}

/** Sends a request. @returns The body of a successful answer that has one. */
function send(method: string, path: string, headers: Record<string, string>, body?: unknown): Promise<unknown> {
  sent++
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve) => {
    const call = request(url + path, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const status = response.statusCode ?? 0
        const name = `${method} ${path.replace(/\?.*/, '')} ${status}`
        counts[name] = (counts[name] ?? 0) + 1
        const answer = Buffer.concat(chunks).toString()
        resolve(status === 200 && answer !== '' ? JSON.parse(answer) : undefined)
      })
      response.on('error', () => resolve(undefined))
    })
    call.on('error', () => resolve(undefined))
    call.end(text)
  })
}
