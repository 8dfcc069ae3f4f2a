import type { ConfigurationError } from '../../errors.ts'
import type { AlgorithmName } from '../algorithms.ts'
import type { KeyInput } from '../keys/import-key.ts'
import type { Jwk } from '../keys/jwk.ts'
import type { Key } from '../keys/key.ts'

/**
 * The functions that read keys. They are passed in, because only programs that fetch keys load this file. If it
 * imported code that every program loads, a bundler would split that code into several chunks.
 */
export interface KeyReader {
  readonly parseStrictJson: (bytes: Buffer, refuse: (why: string) => Error) => unknown
  readonly importKey: (input: KeyInput) => Key
  readonly nameOf: (key: Key) => string
}

/** The content of a JWK Set (RFC 7517 §5). */
export interface PublishedKeys {
  /** Usable keys, by the text of their JWK, so that an unchanged JWK keeps its `Key`. */
  readonly keys: ReadonlyMap<string, Key>
  /**
   * Why the others cannot be used, by their `kid`. Encryption keys are left out, because they are not meant for tokens.
   */
  readonly faults: ReadonlyMap<string, Error>
}

export const noKeys: PublishedKeys = { keys: new Map(), faults: new Map() }

const maxKeys = 100

/**
 * Reads a JWK Set. A set that discloses secrets, or has two keys with one name, cannot be trusted and is rejected as a
 * whole. Single keys that cannot be used are skipped (RFC 7517 §5).
 * @param known The keys so far, of which unchanged ones are reused.
 * @param algorithm Algorithm of keys that do not state theirs.
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
    throw new Error(`This is not a JWK Set of at most ${maxKeys} keys. Is the address the 'jwks_uri' of the issuer?`)
  const keys = new Map<string, Key>()
  const faults = new Map<string, Error>()
  const names = new Map<string, Key>()
  for (const jwk of list) {
    refuseSecrets(jwk)
    // FIPS 186-5 appendix A.1.1 allows 256 bits. Node takes hours to describe an exponent of megabytes.
    if (jwk.e?.length > 43) throw new Error('A published key has an exponent of more than 256 bits')
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

/** Why keys cannot be used, as text, for the first ten of them. */
export function faultsOf({ faults }: Pick<PublishedKeys, 'faults'>): string {
  const texts = [...faults].slice(0, 10).map(([kid, { message }]) => `Key ${printable(kid)}: ${message}`)
  return texts.join('; ')
}

/**
 * Whether two keys have the same material. Issuers list a key twice while they rename it, or add a member to its JWK.
 */
function isSameKey(one: Key, other: Key): boolean {
  return one.verifyingKey !== undefined && other.verifyingKey?.equals(one.verifyingKey) === true
}

/** Makes text from another server short and harmless enough for a log. */
function printable(text: string): string {
  return JSON.stringify(text.slice(0, 60))
}

/** Rejects members that only a private or secret key has (RFC 7518 §6.2.2, §6.3.2, §6.4.1; `priv` of an AKP key). */
function refuseSecrets(jwk: unknown): void {
  if (typeof jwk !== 'object' || jwk === null) throw new Error('A member of "keys" is not an object')
  for (const member of ['k', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']) {
    if (Object.hasOwn(jwk, member)) {
      throw new Error(
        `A published key has the private member "${member}". No key of this set is accepted until it is gone`,
      )
    }
  }
}

/**
 * Imports a key. @returns The key, or why it cannot be used: its type is not supported, it is too weak, or it states no
 * algorithm.
 */
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
