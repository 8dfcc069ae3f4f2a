import type { MeBody } from '../../routes/types.ts'

/** What is known of the session. `unknown` until the server, or a stored token, has been read. */
export type Snapshot =
  | { readonly status: 'unknown'; readonly user?: undefined }
  /** `user` once it was requested. */
  | { readonly status: 'signed-in'; readonly user?: MeBody | undefined }
  | { readonly status: 'signed-out'; readonly user?: undefined }

export const unknown: Snapshot = { status: 'unknown' }
export const signedIn: Extract<Snapshot, { readonly status: 'signed-in' }> = { status: 'signed-in' }
export const signedOut: Snapshot = { status: 'signed-out' }

/** The snapshot, and the listeners to its changes. */
export interface SnapshotStore {
  getSnapshot(): Snapshot
  subscribe(listener: () => void): () => void
  set(next: Snapshot): void
  /** The user is still signed in. */
  isAlive(): void
}

export function makeStore(): SnapshotStore {
  const listeners = new Set<() => void>()
  let current = unknown

  function set(next: Snapshot): void {
    if (next.status === current.status && next.user === current.user) return
    current = next
    for (const listener of [...listeners]) {
      try {
        listener()
      } catch (error) {
        console.error(error)
      }
    }
  }

  return {
    getSnapshot: () => current,
    subscribe(listener) {
      // A separate entry for each subscription, because the same function may subscribe twice.
      const entry = () => listener()
      listeners.add(entry)
      return () => listeners.delete(entry)
    },
    set,
    isAlive() {
      if (current.status !== 'signed-in') set(signedIn)
    },
  }
}
