import { setTimeout as sleep } from 'node:timers/promises'
import { post, type Reply, serve, type TestServer } from '../server/process.ts'

export const password = 'wonderland at tea time'
export const secret = 'n0t-a-r3al-secret-but-long-enough-to-be-one'

/** A node of the service, in its own process. */
export interface Node extends TestServer {
  readonly database: string
  /** Status and code of a guarded request. */
  ask(token: string): Promise<string>
  login(username: string): Promise<{ access_token: string; refresh_token: string }>
  send(path: string, body: unknown, token?: string): Promise<Reply>
  /** Kills the node: other tests show how it shuts down. */
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
        signal: AbortSignal.timeout(patienceMilliseconds),
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

/** Nothing takes this long, however busy the machine is. `npm run bench` measures how fast a node applies a change. */
const patienceMilliseconds = 600_000

/**
 * Repeats a request until its answer changes.
 * @param pauseMilliseconds The pause between two requests, each of which costs CPU time.
 * @returns The new answer, and how long it took in milliseconds.
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

/** Repeats work until it succeeds. */
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
