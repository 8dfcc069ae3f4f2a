import { generateKeyPairSync } from 'node:crypto'
import { type AlgorithmName, generateKey } from 'hallpass'

/** Where this runs. The package is for all three; what the others lack of Node's cryptography, they refuse to make. */
export const runtime: 'Node' | 'Bun' | 'Deno' = 'Deno' in globalThis ? 'Deno' : 'Bun' in globalThis ? 'Bun' : 'Node'

/** Whether keys of this algorithm can be made here. All of them can on Node. */
export function isAvailable(algorithm: AlgorithmName): boolean {
  if (runtime === 'Node') return true
  try {
    generateKey(algorithm)
    return true
  } catch {
    return false
  }
}

/** The same for curves that hallpass refuses. */
export function hasCurve(namedCurve: string): boolean {
  if (runtime === 'Node') return true
  try {
    generateKeyPairSync('ec', { namedCurve })
    return true
  } catch {
    return false
  }
}
