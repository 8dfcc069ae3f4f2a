import type { TokensBody } from '../../routes/types.ts'
import { makeBearer } from '../credentials/bearer.ts'
import { makeCookies } from '../credentials/cookies.ts'
import type { Credentials } from '../credentials/credentials.ts'
import { openStorage } from '../credentials/storage.ts'
import { makeTransport, type Transport } from '../http/transport.ts'
import type { ClientOptions } from '../options.ts'
import type { SessionClaims, Surroundings, TabMessage } from '../surroundings.ts'
import { makeRefresher, type Refresher } from './refresher.ts'
import { makeStore, type SnapshotStore, signedIn, signedOut } from './snapshot.ts'
import { openTabs } from './tabs.ts'

/** The session of a client, and its transitions. */
export interface Session {
  readonly credentials: Credentials
  readonly transport: Transport
  readonly store: SnapshotStore
  readonly refresher: Refresher
  /** Settles once the stored tokens are read. */
  readonly opened: Promise<void>
  /** The key that the tokens are stored under. */
  readonly name: string
  /** How often `logout` was called. A login that was called earlier is discarded. */
  logouts: number
  /** A login succeeded. */
  begin(body: TokensBody): Promise<void>
  /** A call in this tab has ended the session. */
  end(): Promise<void>
  /** Checks again what other tabs may have changed while this one was not running. */
  look(): Promise<void>
  /** Called when another tab has signed the user out, and this one has another session of the same user. */
  onSignedOut: () => unknown
  close(): void
}

export function openSession(here: Surroundings, options: ClientOptions): Session {
  const transport = makeTransport(here, options)
  const name = `hallpass ${transport.base ?? options.baseUrl}`
  const credentials = makeCredentials(here, options, transport.base, name)
  const store = makeStore()
  const tabs = openTabs(here, name, (message) => void hear(message))
  const refresher = makeRefresher({ credentials, tabs, transport, store })

  async function look(): Promise<void> {
    const { sub } = credentials.claims()
    await credentials.notice()
    const hasSession = credentials.hasSession()
    if (hasSession === false) store.set(signedOut)
    // In cookie mode only the server knows whether there is a session, so nothing changes.
    else if (hasSession) credentials.claims().sub === sub ? store.isAlive() : store.set(signedIn)
  }

  async function hear({ type, claims }: TabMessage): Promise<void> {
    const isIn = type === 'signed-in'
    const left: SessionClaims = Object(claims)
    if (!credentials.isShared) {
      const { sub } = credentials.claims()
      if (type === 'signed-out' && sub && sub === left.sub) session.onSignedOut()
    } else if (type === 'refreshed') {
      await credentials.notice()
    } else if (isIn || type === 'signed-out') {
      // A request that waits for a refresh is repeated with the new session, as if it were sent now.
      refresher.supersede(isIn ? 'elsewhere' : 'ended')
      await (isIn ? credentials.notice() : credentials.leave(left))
      store.set((credentials.hasSession() ?? isIn) ? signedIn : signedOut)
    }
  }

  const session: Session = {
    credentials,
    transport,
    store,
    refresher,
    opened: look(),
    name,
    logouts: 0,
    async begin(body) {
      refresher.supersede('ended')
      await credentials.accept(body)
      tabs.tell({ type: 'signed-in' })
      store.set(signedIn)
    },
    async end() {
      const { sub, sid } = credentials.claims()
      refresher.supersede('ended')
      const forgotten = credentials.forget()
      tabs.tell({ type: 'signed-out', claims: { sub, sid } })
      store.set(signedOut)
      await forgotten
    },
    look,
    onSignedOut() {},
    close: tabs.close,
  }
  return session
}

function makeCredentials(
  here: Surroundings,
  { mode, storage = 'memory', csrf }: ClientOptions,
  base: URL | undefined,
  name: string,
): Credentials {
  // A misspelt mode is a mistake of the program: it has no function here, so this throws.
  return {
    cookies: () => makeCookies(here, base, csrf),
    // The storages of one tab are not shared.
    bearer: () => makeBearer(openStorage(storage, here), storage !== 'memory' && storage !== 'session', name),
  }[mode]()
}
