import type { Auth } from 'hallpass/auth'
import { type AuthOptions, settle } from '../../src/accounts/options.ts'
import { assembleAuth } from '../../src/assemble.ts'

/** A secret as production wants one. */
export const secret = 'n0t-a-r3al-secret-but-long-enough-to-be-one'

export const start = 1_800_000_000

/** The service on a database, with a clock that a test sets, and hashing that costs little. */
export interface Service {
  readonly auth: Auth
  /** Seconds since `start`; a test moves it. */
  elapsed: number
  readonly events: string[]
  call(method: string, path: string, request?: Call): Promise<Reply>
  /** Registers and logs in. */
  newcomer(username: string): Promise<Tokens>
}

export interface Call {
  readonly body?: unknown
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Where the connection comes from. */
  readonly address?: string
  /** As the server around the routes hands it on. */
  readonly requestId?: string
}

export interface Reply {
  readonly status: number
  /** Of JSON; empty of anything else. */
  readonly body: Record<string, unknown>
  readonly text: string
  readonly headers: Headers
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

export const password = 'a password of some length'

export async function startService(
  database: string,
  options: Partial<AuthOptions> = {},
  elapsed = 0,
): Promise<Service> {
  const clock = { elapsed }
  const events: string[] = []
  const faults: unknown[] = []
  const settings = settle({
    database,
    secret,
    passwords: { memoryKiB: 64, passes: 1 },
    limits: { attemptsPerAccount: 1000, attemptsPerAddress: 100_000 },
    leewaySeconds: 0,
    clock: () => start + clock.elapsed,
    onEvent: ({ event }) => events.push(event),
    onError: (error) => faults.push(error),
    ...options,
  })
  const { clock: ofProcess = () => Date.now() / 1000 } = settings
  const auth = await assembleAuth(settings, { readDatabaseClock: async () => new Date(ofProcess() * 1000) })

  async function call(
    method: string,
    path: string,
    { body, token, headers = {}, address = '127.0.0.1', requestId }: Call = {},
  ): Promise<Reply> {
    const request = new Request(`http://localhost${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const response = await auth.handler(request, {
      incoming: { socket: { remoteAddress: address }, headers },
      requestId,
    })
    // A test that expects a server error has a listener of its own.
    if (faults.length > 0) throw faults.shift()
    const text = await response.text()
    const isJson = text !== '' && response.headers.get('content-type')?.includes('json')
    return { status: response.status, body: isJson ? JSON.parse(text) : {}, text, headers: response.headers }
  }

  return {
    auth,
    events,
    call,
    get elapsed() {
      return clock.elapsed
    },
    set elapsed(seconds) {
      clock.elapsed = seconds
    },
    async newcomer(username) {
      await call('POST', '/auth/register', { body: { username, password } })
      const { body } = await call('POST', '/auth/login', { body: { username, password } })
      return body as unknown as Tokens
    },
  }
}

/** What a refusal is told by: its status and its code. */
export function refusal({ status, body }: Reply): string {
  return `${status} ${body.code}`
}
