import { hkdfSync } from 'node:crypto'
import { Sealing } from './sealing.ts'

/**
 * The secret of an installation's servers, from which keys for encrypting and signing are derived. It is never in the
 * database.
 */
export interface ServerSecret {
  /**
   * Derives 32-byte keys for one purpose: of the current secret first, then of previous ones, which only decrypt and
   * verify. A key for one purpose reveals nothing about those for others (HKDF, RFC 5869).
   */
  derive(purpose: string): ServerKeys
  /** Encrypts for one purpose under the current secret, and decrypts what previous secrets encrypted. */
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
