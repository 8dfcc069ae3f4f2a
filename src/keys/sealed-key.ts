import { ConfigurationError } from '../errors.ts'
import { SealBrokenError, type Sealed, type Sealing } from '../secrets/sealing.ts'
import type { SigningKey } from '../store/keys/signing-keys.ts'
import { importKey } from '../token/keys/import-key.ts'
import { exportJwk } from '../token/keys/jwk.ts'
import type { Key } from '../token/keys/key.ts'

/** Encrypts a private key, as the database stores it. */
export function sealKey(sealing: Sealing, key: Key): Sealed {
  return sealing.seal(JSON.stringify(exportJwk(key, { private: true })), aboutKey(key))
}

/**
 * Decrypts a private key.
 * @returns `undefined` if the key is gone, or encrypted under a secret that this node does not know, because another node
 *   was just given a new one.
 * @throws {ConfigurationError} `database_invalid` if it was modified in the database
 */
export function openKey(sealing: Sealing, key: SigningKey): Key | undefined {
  const { sealed, sealedUnder } = key
  if (sealed === null || sealedUnder === null) return undefined
  try {
    const text = sealing.open({ sealed, sealedUnder }, aboutKey(key))
    return text === undefined ? undefined : importKey({ jwk: JSON.parse(text) })
  } catch (cause) {
    if (!(cause instanceof SealBrokenError)) throw cause
    throw new ConfigurationError('database_invalid', 'A signing key in the database was modified outside of hallpass', {
      cause,
    })
  }
}

function aboutKey({ kid, algorithm }: Pick<SigningKey, 'kid' | 'algorithm'>): string {
  return `hallpass signing key ${algorithm} ${kid}`
}
