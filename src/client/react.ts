import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react'
import type { MeBody } from '../routes/types.ts'
import type { Client } from './create-client.ts'
import { type Snapshot, signedOut, unknown } from './session/snapshot.ts'

interface Provided {
  readonly client: Client
  /** What the server rendered the page with, and hydration starts from. */
  readonly first: Snapshot
}

const Context = createContext<Provided | undefined>(undefined)

export interface AuthProviderProps {
  readonly client: Client
  /** The user that the server rendered the page for, or `null`. The page then starts without a request. */
  readonly initial?: MeBody | null | undefined
  readonly children?: ReactNode
}

/**
 * Provides the components inside with the session of a client. Asks who is signed in once the page runs, with one
 * request however often it is mounted.
 * @example createElement(AuthProvider, { client }, createElement(App))
 */
export function AuthProvider({ client, initial, children }: AuthProviderProps): ReactElement {
  if (typeof client?.load !== 'function') throw new Error('AuthProvider requires client, the result of createClient')
  const [first] = useState(() => snapshotOf(initial))
  const provided = useMemo(() => {
    // On a server, what one request knows must stay out of a client that another request may share.
    if (first !== unknown && 'document' in globalThis) client.hydrate(first.user ?? null)
    return { client, first }
  }, [client, first])
  useEffect(() => {
    void client.load()
  }, [client])
  return createElement(Context.Provider, { value: provided }, children)
}

/** The user; `null` if no one is signed in, `undefined` until that is known. */
export function useUser(): MeBody | null | undefined {
  const { status, user } = useSnapshot()
  return status === 'signed-out' ? null : user
}

/** Whether a user is signed in; `undefined` until that is known. */
export function useSignedIn(): boolean | undefined {
  const { status } = useSnapshot()
  return status === 'unknown' ? undefined : status === 'signed-in'
}

/** The client, to log in and out and to fetch with. */
export function useAuth(): Client {
  return useProvided().client
}

function useSnapshot(): Snapshot {
  const { client, first } = useProvided()
  return useSyncExternalStore(client.subscribe, client.getSnapshot, () => first)
}

function useProvided(): Provided {
  const provided = useContext(Context)
  if (provided === undefined) throw new Error('This hook of hallpass/react needs an AuthProvider around its component')
  return provided
}

function snapshotOf(initial: MeBody | null | undefined): Snapshot {
  if (initial === undefined) return unknown
  return initial === null ? signedOut : { status: 'signed-in', user: initial }
}
