import { randomBytes } from 'node:crypto'
import type { Turn } from '../../../core/queue/line.ts'
import type { Passwords } from '../../passwords/passwords.ts'

/** Crockford's base32: no letter in it looks like a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const codesPerSet = 10
/** Five bits each, 80 bits in total. */
const codeLength = 16

/** Codes that are shown once, and the hashes that are stored. */
export interface NewRecoverySet {
  readonly codes: readonly string[]
  readonly salt: string
  readonly hashes: readonly string[]
}

/**
 * Makes a set of codes. They are hashed one after another, each in the client's turn.
 * @throws {RequestError} `overloaded`
 */
export async function makeRecoverySet(passwords: Passwords, turn: Turn): Promise<NewRecoverySet> {
  const salt = randomBytes(16)
  const codes = Array.from({ length: codesPerSet }, makeCode)
  const hashes: string[] = []
  for (const code of codes) hashes.push(await passwords.hashCode(code, { salt }, turn))
  return { codes: codes.map(inFours), salt: salt.toString('base64'), hashes }
}

/**
 * Normalises a code: ignores case, spaces and hyphens, and reads O as 0, I and L as 1. `undefined` if it is no code.
 */
export function readRecoveryCode(text: string): string | undefined {
  const code = text.replace(/[\s-]/g, '').toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1')
  return code.length === codeLength && [...code].every((one) => alphabet.includes(one)) ? code : undefined
}

function makeCode(): string {
  return Array.from(randomBytes(codeLength), (byte) => alphabet[byte % alphabet.length]).join('')
}

function inFours(code: string): string {
  return code.replace(/.{4}(?=.)/g, '$&-')
}
