import type { MeBody } from '../routes/types.ts'
import { type Members, makeCall } from './caller.ts'
import { type Calls, laterNames, rows } from './calls.ts'
import { makeAsk } from './http/request.ts'
import { failureOf, readAnswer } from './http/result.ts'
import { sendInSession } from './http/send.ts'
import type { ClientOptions } from './options.ts'
import { logout } from './session/end.ts'
import { openSession } from './session/session.ts'
import type { Snapshot } from './session/snapshot.ts'
import { followUser } from './session/user.ts'
import type { Surroundings } from './surroundings.ts'

/** A client of the routes, with its session. Its functions do not use `this`. */
export interface Client extends Calls {
  /**
   * `fetch` with the session. The access token, or the CSRF value of the cookies, is added to requests to your own
   * origins and to no others. If the access token is refused as expired, revoked or signed with an unknown key, it is
   * renewed and the request repeated once, unless its body is a stream. If the renewal is answered with a server error,
   * that is the answer.
   * @throws What `fetch` throws.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** What is known of the session, without a request. Returns the same object until something changes. */
  getSnapshot(): Snapshot
  /** Calls the listener after each change of the snapshot. Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void
  /**
   * Asks who is signed in, unless that is known, with one request however often it is called. From then on the client
   * asks again whenever the answer may have changed, also in another tab.
   */
  load(): Promise<Snapshot>
  /** Tells the client which user the server rendered the page for, or `null`, so that it need not ask. */
  hydrate(user: MeBody | null): void
  /** Stops listening to other tabs, for a client that is no longer used. */
  close(): void
}

/**
 * Makes a client. A page needs one; a server needs one per request.
 * @example
 * const auth = createClient({ baseUrl: '/auth', mode: 'cookies' })
 * const result = await auth.login({ username, password })
 */
export function createClient(options: ClientOptions): Client {
  return createClientIn(globalThis as unknown as Surroundings, options)
}

type Group = { [name: string]: Group | ((...args: Members[]) => unknown) }

/** Makes a client in another environment than the program's own. */
export function createClientIn(here: Surroundings, options: ClientOptions): Client {
  const session = openSession(here, options)
  const { transport, credentials, refresher, store, opened } = session
  const ask = makeAsk(session)
  const user = followUser(here, session, ask)
  const call = makeCall(session, ask, user)
  const calls: Group = {}
  for (const [name, row] of Object.entries(rows)) calls[name] = (given) => call(row, given)
  for (const path of laterNames.split(' ')) {
    const [name = '', group] = path.split('.').reverse()
    if (group) calls[group] ??= {}
    const target = (group ? calls[group] : calls) as Group
    target[name] = (...args) =>
      import('./later/index.ts').then(
        ({ callLater }) => callLater(path, args, { here, session, user, call, readAnswer }),
        // The file could not be loaded. Mistakes of the program are thrown.
        (error) => failureOf('network_error', error),
      )
  }
  const signOut = () => logout(session, ask)
  session.onSignedOut = signOut
  return {
    ...(calls as unknown as Calls),
    logout: signOut,
    async fetch(input, init = {}) {
      const request = transport.prepare(credentials, input, init)
      if (!request) return transport.pass(input, init)
      await opened
      return sendInSession(request, credentials, refresher)
    },
    getSnapshot: store.getSnapshot,
    subscribe: store.subscribe,
    load: user.load,
    hydrate: user.hydrate,
    close() {
      user.close()
      session.close()
    },
  }
}
