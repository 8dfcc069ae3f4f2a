import { generateKeyPairSync } from 'node:crypto'
import { type AlgorithmName, generateKey } from 'hallpass'

/** The current runtime. The package supports all three. Bun and Deno refuse the keys that their cryptography lacks. */
export const runtime: 'Node' | 'Bun' | 'Deno' = 'Deno' in globalThis ? 'Deno' : 'Bun' in globalThis ? 'Bun' : 'Node'

/** Whether this runtime can generate keys for the algorithm. Node can for all of them. */
export function isAvailable(algorithm: AlgorithmName): boolean {
  if (runtime === 'Node') return true
  try {
    generateKey(algorithm)
    return true
  } catch {
    return false
  }
}

/** Whether this runtime can generate keys on a curve that hallpass refuses. */
export function hasCurve(namedCurve: string): boolean {
  if (runtime === 'Node') return true
  try {
    generateKeyPairSync('ec', { namedCurve })
    return true
  } catch {
    return false
  }
}
