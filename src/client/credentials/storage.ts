import type { Surroundings, WebStorage } from '../surroundings.ts'

type MaybePromise<Value> = Value | Promise<Value>

/** Where a client in bearer mode keeps its tokens. Its functions may throw: the tokens are then kept in memory. */
export interface TokenStorage {
  get(key: string): MaybePromise<string | null | undefined>
  set(key: string, value: string): MaybePromise<unknown>
  remove(key: string): MaybePromise<unknown>
}

/**
 * The storage of a browser. It is looked up at each use, because even reading the property may throw. There is no
 * `memoryStorage`, so using that always fails.
 */
export function openStorage(choice: 'memory' | 'session' | 'local' | TokenStorage, here: Surroundings): TokenStorage {
  if (typeof choice === 'object') return choice
  const web = () => (here as Readonly<Record<string, WebStorage>>)[`${choice}Storage`] as WebStorage
  return {
    get: (key) => web().getItem(key),
    set: (key, value) => web().setItem(key, value),
    remove: (key) => web().removeItem(key),
  }
}
