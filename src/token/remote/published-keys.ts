import type { ConfigurationError } from '../../errors.ts'
import type { AlgorithmName } from '../algorithms.ts'
import type { KeyInput } from '../keys/import-key.ts'
import type { Jwk } from '../keys/jwk.ts'
import type { Key } from '../keys/key.ts'

/**
 * What keys are read with. It is handed in: this is loaded by those who fetch keys, and imports nothing that everyone has
 * loaded already, or a bundler would cut that into pieces.
 */
export interface KeyReader {
  readonly parseStrictJson: (bytes: Buffer, refuse: (why: string) => Error) => unknown
  readonly importKey: (input: KeyInput) => Key
  readonly nameOf: (key: Key) => string
}

/** What a JWK Set holds (RFC 7517 §5). */
export interface PublishedKeys {
  /** Those that can be used, by the text of their JWK: what did not change stays the same key. */
  readonly keys: ReadonlyMap<string, Key>
  /** Why others cannot be, by their `kid`. Keys for encryption are left out: they are for someone else. */
  readonly faults: ReadonlyMap<string, Error>
}

export const noKeys: PublishedKeys = { keys: new Map(), faults: new Map() }

const maxKeys = 100

/**
 * Reads a JWK Set, or refuses all of it: one that gives secrets away, or has two keys of one name, is none to believe.
 * Single keys that cannot be used are passed over (RFC 7517 §5).
 * @param algorithm Of keys that do not say it themselves.
 */
export function readPublishedKeys(
  bytes: Buffer,
  known: PublishedKeys,
  algorithm: AlgorithmName | undefined,
  reader: KeyReader,
): PublishedKeys {
  const document = reader.parseStrictJson(bytes, (why) => new Error(`The keys cannot be read as JSON: ${why}`))
  const list: unknown = (document as { keys?: unknown } | null)?.keys
  if (!Array.isArray(list) || list.length > maxKeys)
    throw new Error(`A key set must have a list of at most ${maxKeys} keys`)
  const keys = new Map<string, Key>()
  const faults = new Map<string, Error>()
  const names = new Map<string, Key>()
  for (const jwk of list) {
    refuseSecrets(jwk)
    const text = JSON.stringify(jwk)
    const key = known.keys.get(text) ?? importPublic(jwk, algorithm, reader)
    if (key instanceof Error) {
      if (key.code !== 'key_use_refused') faults.set(String(jwk.kid ?? `number ${faults.size + 1}`), key)
      continue
    }
    const name = reader.nameOf(key)
    const twin = names.get(name)
    if (twin === undefined) keys.set(text, key)
    else if (!isSameKey(twin, key)) throw new Error(`Two keys have the same kid: ${printable(key.kid)}`)
    names.set(name, key)
  }
  if (keys.size === 0 && list.length > 0) throw new Error(`None of the keys can be used. ${faultsOf({ faults })}`)
  return { keys, faults }
}

/** What each key lacks, in words; the first ten of them. */
export function faultsOf({ faults }: Pick<PublishedKeys, 'faults'>): string {
  const texts = [...faults].slice(0, 10).map(([kid, { message }]) => `Key ${printable(kid)}: ${message}`)
  return texts.join('; ')
}

/** Whether two keys differ in their names and further members alone. Issuers list a key twice while they rename it, or add a member. */
export function isSameKey(one: Key, other: Key): boolean {
  return one.verifyingKey !== undefined && other.verifyingKey?.equals(one.verifyingKey) === true
}

/** Of another server: short and harmless enough for a log. */
function printable(text: string): string {
  return JSON.stringify(text.slice(0, 60))
}

/** A document that gives secrets away is none to believe. */
function refuseSecrets(jwk: unknown): void {
  if (typeof jwk !== 'object' || jwk === null) throw new Error('A key must be an object')
  for (const member of ['k', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']) {
    if (Object.hasOwn(jwk, member)) throw new Error('A published key has a private member')
  }
}

/** Or why it cannot be used: it is of another type, too weak, or does not say its algorithm. */
function importPublic(
  jwk: Jwk,
  algorithm: AlgorithmName | undefined,
  { importKey }: KeyReader,
): Key | ConfigurationError {
  try {
    return importKey({ jwk, ...(jwk.alg === undefined && algorithm !== undefined && { algorithm }) })
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error as ConfigurationError
    throw error
  }
}
