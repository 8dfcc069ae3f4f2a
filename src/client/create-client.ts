import type { MeBody } from '../routes/types.ts'
import { type Members, makeCall } from './caller.ts'
import { type Calls, laterNames, rows } from './calls.ts'
import { makeAsk } from './http/request.ts'
import { failureOf } from './http/result.ts'
import { sendInSession } from './http/send.ts'
import type { ClientOptions } from './options.ts'
import { logout, refresh } from './session/end.ts'
import { openSession } from './session/session.ts'
import type { Snapshot } from './session/snapshot.ts'
import { followUser } from './session/user.ts'
import type { Surroundings } from './surroundings.ts'

/** A client of the routes, and the session that it keeps. Its functions need no `this`. */
export interface Client extends Calls {
  /**
   * `fetch` with the session: the access token, or the CSRF value of the cookies, is added to requests to your own origins,
   * and to no other. If the access token is refused as expired, revoked or of an unknown key, it is renewed, and the request
   * repeated once, unless its body is a stream. If a renewal is answered with a fault of the server, that is the answer.
   * @throws What `fetch` throws.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** What is known of the session, without a request. The same object until something changes. */
  getSnapshot(): Snapshot
  /** Calls the listener after each change of the snapshot. Returns what ends that. */
  subscribe(listener: () => void): () => void
  /**
   * Asks who is signed in, unless it is known: one request, however often it is called. From then on the user is asked for
   * again whenever that may have changed, also in another tab.
   */
  load(): Promise<Snapshot>
  /** States what the server rendered the page for, so that nothing needs to be asked: the user, or `null`. */
  hydrate(user: MeBody | null): void
  /** Ends the listening to other tabs, for a client that is no longer used. */
  close(): void
}

/**
 * Makes a client. A page needs one; a server needs one for each request.
 * @example
 * const auth = createClient({ baseUrl: '/auth', mode: 'cookies' })
 * const result = await auth.login({ username, password })
 */
export function createClient(options: ClientOptions): Client {
  return createClientIn(globalThis as unknown as Surroundings, options)
}

type Group = { [name: string]: Group | ((...args: Members[]) => unknown) }

/** The same, in other surroundings than those of this program. */
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
        ({ callLater }) => callLater(path, args, { here, session, user, call }),
        // The file could not be loaded. What the program does wrong is thrown.
        (error) => failureOf('network_error', error),
      )
  }
  const signOut = () => logout(session, ask)
  session.onSignedOut = signOut
  return {
    ...(calls as unknown as Calls),
    logout: signOut,
    refresh: () => refresh(session),
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
