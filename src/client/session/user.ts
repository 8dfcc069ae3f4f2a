import type { MeBody } from '../../routes/types.ts'
import type { Ask } from '../http/request.ts'
import type { Answered } from '../http/result.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Session } from './session.ts'
import { type Snapshot, signedIn, signedOut, unknown } from './snapshot.ts'

/** Keeps the user of the snapshot up to date, once the page has requested it. */
export interface User {
  load(): Promise<Snapshot>
  hydrate(user: MeBody | null): void
  /** Requests the account, and stores the answer. */
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

  /** One request however many callers wait for it, and another one if the session has changed meanwhile. */
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

  // A page that is restored from the browser's back/forward cache has missed the messages of other tabs.
  const onPageShow = ({ persisted }: { readonly persisted?: boolean }) => {
    if (persisted) void lookAgain()
  }
  // It may arrive before or after the message of the other tab. Without a key, the whole storage was cleared.
  const onStorage = ({ key }: { readonly key?: string | null }) => {
    if (!key || key === session.name) void session.look()
  }
  const listening = new AbortController()
  const listeners = { pageshow: onPageShow, online: find, storage: onStorage }
  for (const [type, listener] of Object.entries(listeners)) here.addEventListener?.(type, listener, listening)
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
