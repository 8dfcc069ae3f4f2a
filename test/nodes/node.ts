import { setTimeout as sleep } from 'node:timers/promises'
import { post, type Reply, serve, type TestServer } from '../server/process.ts'

export const password = 'wonderland at tea time'
export const secret = 'n0t-a-r3al-secret-but-long-enough-to-be-one'

/** A node of the service: a process of its own. */
export interface Node extends TestServer {
  readonly database: string
  /** Status and code of a guarded request. */
  ask(token: string): Promise<string>
  login(username: string): Promise<{ access_token: string; refresh_token: string }>
  send(path: string, body: unknown, token?: string): Promise<Reply>
  /** At once: what a node does when it is told to stop is another test's. */
  stop(): Promise<void>
}

export async function startNode(
  database: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Node> {
  const server = await serve(args, {
    env: {
      HALLPASS_DATABASE: database,
      HALLPASS_ENCRYPTION_SECRET: secret,
      HALLPASS_ATTEMPTS_PER_ACCOUNT: '1000',
      HALLPASS_ATTEMPTS_PER_ADDRESS: '100000',
      ...env,
    },
  })
  const send = (path: string, body: unknown, token?: string) =>
    post(server.url + path, body, token === undefined ? {} : { authorization: `Bearer ${token}` })
  return {
    ...server,
    database,
    send,
    async ask(token) {
      const response = await fetch(`${server.url}/auth/verify`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(60_000),
      })
      const text = await response.text()
      return text === '' ? `${response.status}` : `${response.status} ${JSON.parse(text).code}`
    },
    async login(username) {
      const reply = await send('/auth/login', { username, password })
      if (reply.status !== 200) throw new Error(`login: ${reply.status} ${JSON.stringify(reply.body)}`)
      return reply.body
    },
    async stop() {
      server.child.kill('SIGKILL')
      await server.finished
    },
  }
}

/** Nothing takes so long, however busy the machine is. How fast a node feels a change is measured by `npm run bench`. */
const patienceMilliseconds = 120_000

/**
 * Asks until the answer is another.
 * @param pauseMilliseconds Between two requests, each of which is work for both sides.
 * @returns It, and how long it took in milliseconds.
 */
export async function untilOther(
  node: Node,
  token: string,
  before: string,
  pauseMilliseconds = 10,
): Promise<{ readonly answer: string; readonly milliseconds: number }> {
  const start = performance.now()
  for (;;) {
    const answer = await node.ask(token)
    const milliseconds = performance.now() - start
    if (answer !== before || milliseconds > patienceMilliseconds) return { answer, milliseconds }
    await sleep(pauseMilliseconds)
  }
}

/** Tries until it does not fail. */
export async function eventually<Result>(work: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + patienceMilliseconds
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(50)
    }
  }
}
