import { hkdfSync } from 'node:crypto'

/** What only the servers of an installation know, for whatever they seal, sign or derive. It is never in the database. */
export interface ServerSecret {
  /**
   * Keys of 32 bytes for one purpose, of the current secret first, then of previous ones: those only open and verify.
   * Keys of different purposes tell nothing of each other (HKDF, RFC 5869).
   */
  derive(purpose: string): ServerKeys
}

export type ServerKeys = readonly [current: Buffer, ...previous: Buffer[]]

/** @param materials The current secret, then previous ones: at least 256 random bits each. */
export function makeServerSecret(materials: readonly [string, ...string[]]): ServerSecret {
  const keysOf = new Map<string, ServerKeys>()
  return {
    derive(purpose) {
      const known = keysOf.get(purpose)
      if (known !== undefined) return known
      const [current, ...previous] = materials
      const keyOf = (material: string) => Buffer.from(hkdfSync('sha256', material, '', `hallpass ${purpose}`, 32))
      const keys: ServerKeys = [keyOf(current), ...previous.map(keyOf)]
      keysOf.set(purpose, keys)
      return keys
    },
  }
}
