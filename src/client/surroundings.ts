/** A message to the other tabs. It never contains a token, because any script of the origin may listen. */
export interface TabMessage {
  readonly type: 'refreshed' | 'signed-in' | 'signed-out'
  /** The session that signed out, in bearer mode. */
  readonly claims?: SessionClaims
}

/** The user and the session of an access token. Neither is a secret. */
export interface SessionClaims {
  readonly sub?: string | undefined
  readonly sid?: string | undefined
}

export interface TabChannel {
  postMessage(message: TabMessage): void
  close(): void
  onmessage: ((event: { readonly data: TabMessage }) => void) | null
}

export interface TabLocks {
  request(name: string, options: { readonly ifAvailable: true }, callback: (lock: unknown) => unknown): Promise<unknown>
}

export interface WebStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

type Listen = (
  type: string,
  listener: (event: { readonly persisted?: boolean; readonly key?: string | null }) => void,
  options: { readonly signal: AbortSignal },
) => void

/**
 * The parts of a browser that are used. On a server, in React Native, on plain HTTP or in a sandbox some are missing,
 * and reading them may throw.
 */
export interface Surroundings {
  /** If it is missing, there are no other tabs either: on a server, clients of two users must not hear each other. */
  readonly document?: { readonly cookie: string; readonly baseURI: string }
  /** Not that of the location, which a `srcdoc` frame does not have. */
  readonly origin?: string
  readonly location?: { readonly href?: string; assign?(address: string): void }
  readonly navigator?: { readonly locks?: TabLocks }
  readonly BroadcastChannel?: new (name: string) => TabChannel
  readonly localStorage?: WebStorage
  readonly sessionStorage?: WebStorage
  readonly addEventListener?: Listen
}
