import { hkdfSync } from 'node:crypto'
import { Sealing } from './sealing.ts'

/** What only the servers of an installation know, for whatever they seal, sign or derive. It is never in the database. */
export interface ServerSecret {
  /**
   * Keys of 32 bytes for one purpose, of the current secret first, then of previous ones: those only open and verify.
   * Keys of different purposes tell nothing of each other (HKDF, RFC 5869).
   */
  derive(purpose: string): ServerKeys
  /** Encrypts for one purpose, under the current secret; opens what previous ones encrypted. */
  sealing(purpose: string): Sealing
}

export type ServerKeys = readonly [current: Buffer, ...previous: Buffer[]]

/** @param materials The current secret, then previous ones: at least 256 random bits each. */
export function makeServerSecret(materials: readonly [string, ...string[]]): ServerSecret {
  const keysOf = new Map<string, ServerKeys>()
  const sealings = new Map<string, Sealing>()
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
    sealing(purpose) {
      const sealing = sealings.get(purpose) ?? new Sealing(purpose, ...materials)
      sealings.set(purpose, sealing)
      return sealing
    },
  }
}
