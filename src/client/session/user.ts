import type { MeBody } from '../../routes/types.ts'
import type { Ask } from '../http/request.ts'
import type { Answered } from '../http/result.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Session } from './session.ts'
import { type Snapshot, signedIn, signedOut, unknown } from './snapshot.ts'

/** Keeps the user of the snapshot up to date, once a page has asked for it. */
export interface User {
  load(): Promise<Snapshot>
  hydrate(user: MeBody | null): void
  /** Asks for the account, and notes the answer. */
  ask(): Promise<Answered>
  /** The account has changed. */
  changed(): void
  close(): void
}

export function followUser(here: Surroundings, session: Session, ask: Ask): User {
  const { store, refresher, credentials, opened } = session
  let isWanted = false
  let asking: Promise<Answered> | undefined
  let askedAt = -1

  /** One request, however many want to know; another one where the session has changed meanwhile. */
  function askOnce(): Promise<Answered> {
    const epoch = refresher.epoch()
    if (asking && askedAt === epoch) return asking
    askedAt = epoch
    asking = askFor(epoch).finally(() => {
      if (askedAt === epoch) asking = undefined
    })
    return asking
  }

  async function askFor(epoch: number): Promise<Answered> {
    const answered = await ask('GET', '/me', 'session', undefined, 'id')
    const { failure, body } = answered
    if (epoch !== refresher.epoch()) return answered
    if (!failure) store.set({ ...signedIn, user: body as unknown as MeBody })
    // Any other refusal says nothing about the session, for example that of a node that does not have a new key yet.
    else if (failure.code === 'token_missing' && !credentials.refreshKey()) store.set(signedOut)
    return answered
  }

  async function find(): Promise<void> {
    await opened
    const { status, user } = store.getSnapshot()
    if (isWanted && status !== 'signed-out' && !user) await askOnce()
  }

  async function lookAgain(): Promise<void> {
    refresher.supersede('elsewhere')
    await session.look()
    await askOnce()
  }

  // A page that comes back from the cache of the browser has missed what other tabs said.
  const onPageShow = ({ persisted }: { readonly persisted?: boolean }) => {
    if (persisted) void lookAgain()
  }
  // It may come before the message of the other tab, or after it.
  const onStorage = ({ key }: { readonly key?: string | null }) => {
    if (key === session.name) void session.look()
  }
  const listening = new AbortController()
  here.addEventListener?.('pageshow', onPageShow, listening)
  here.addEventListener?.('online', find, listening)
  here.addEventListener?.('storage', onStorage, listening)
  store.subscribe(find)

  return {
    ask: askOnce,
    async load() {
      isWanted = true
      await find()
      return store.getSnapshot()
    },
    hydrate(user) {
      if (store.getSnapshot() === unknown) store.set(user ? { ...signedIn, user } : signedOut)
    },
    changed() {
      if (isWanted) void askOnce()
    },
    close: () => listening.abort(),
  }
}
