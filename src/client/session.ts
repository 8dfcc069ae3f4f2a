import type { TokensBody } from '../routes/types.ts'
import { makeBearer } from './credentials/bearer.ts'
import { makeCookies } from './credentials/cookies.ts'
import type { Credentials } from './credentials/credentials.ts'
import { openStorage } from './credentials/storage.ts'
import type { ClientOptions } from './options.ts'
import { makeRefresher, type Refresher } from './refresher.ts'
import { makeStore, type SnapshotStore, signedIn, signedOut } from './snapshot.ts'
import type { Surroundings, TabMessage } from './surroundings.ts'
import { openTabs } from './tabs.ts'
import { makeTransport, type Transport } from './transport.ts'

/** The session of a client, and the steps that it takes. */
export interface Session {
  readonly credentials: Credentials
  readonly transport: Transport
  readonly store: SnapshotStore
  readonly refresher: Refresher
  /** Settled once what was stored is read. */
  readonly opened: Promise<void>
  /** A login was answered. */
  begin(body: TokensBody): Promise<void>
  /** The session has ended by a call of this tab. */
  end(): Promise<void>
  /** Looks again at what other tabs may have changed, while this one was not running. */
  look(): Promise<void>
  /** Called where another tab signed the user out, and this one has a session of its own. */
  onSignedOutElsewhere: () => void
  close(): void
}

export function openSession(here: Surroundings, options: ClientOptions): Session {
  const transport = makeTransport(here, options)
  const name = `hallpass ${transport.base?.href ?? options.baseUrl}`
  const credentials = makeCredentials(here, options, transport.base, name)
  const store = makeStore()
  const tabs = openTabs(here, name, (message) => void hear(message))
  const post = (signal: AbortSignal): Promise<Response> => {
    const body = credentials.bodyFor('refresh')
    return transport.ask(credentials, { method: 'POST', path: '/refresh', body, purpose: 'refresh', init: { signal } })
  }
  const refresher = makeRefresher({
    credentials,
    tabs,
    post,
    onRenewed: isAlive,
    async onOver() {
      await credentials.forget()
      store.set(signedOut)
    },
  })

  function isAlive(): void {
    if (store.getSnapshot().status !== 'signed-in') store.set(signedIn)
  }

  /** In cookie mode only the server knows whether there is a session, and nothing changes. */
  async function look(): Promise<void> {
    await credentials.renewedElsewhere()
    const hasSession = credentials.hasSession()
    if (hasSession === false) store.set(signedOut)
    else if (hasSession) isAlive()
  }

  async function hear({ type, subject }: TabMessage): Promise<void> {
    if (!credentials.isShared) {
      const isOurs = type === 'signed-out' && subject !== undefined && subject === credentials.subject()
      if (isOurs) session.onSignedOutElsewhere()
    } else if (type === 'refreshed') {
      await credentials.renewedElsewhere()
    } else {
      const isIn = type === 'signed-in'
      refresher.supersede()
      await (isIn ? credentials.renewedElsewhere() : credentials.leave())
      store.set((credentials.hasSession() ?? isIn) ? signedIn : signedOut)
    }
  }

  const session: Session = {
    credentials,
    transport,
    store,
    refresher,
    opened: look(),
    async begin(body) {
      refresher.supersede()
      await credentials.accept(body)
      tabs.tell({ type: 'signed-in' })
      store.set(signedIn)
    },
    async end() {
      const subject = credentials.subject()
      refresher.supersede()
      const forgotten = credentials.forget()
      tabs.tell({ type: 'signed-out', subject })
      store.set(signedOut)
      await forgotten
    },
    look,
    onSignedOutElsewhere() {},
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
  if (mode === 'cookies') return makeCookies(here, base, csrf)
  // The other two are of one tab.
  const isShared = storage === 'local' || typeof storage === 'object'
  return makeBearer(openStorage(storage, here), isShared, name)
}
