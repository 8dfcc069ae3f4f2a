import { randomBytes } from 'node:crypto'
import type { Turn } from '../../../core/queue/line.ts'
import type { Passwords } from '../../passwords/passwords.ts'

/** Crockford's base32: no letter in it looks like a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const codesPerSet = 10
/** Of five bits each: 80 bits. */
const codeLength = 16

/** Codes to be shown once, and what is kept of them. */
export interface NewRecoverySet {
  readonly codes: readonly string[]
  readonly salt: string
  readonly hashes: readonly string[]
}

/**
 * Makes a set of codes. One after another they wait for their turn to be hashed: they are one client's.
 * @throws {RequestError} `overloaded`
 */
export async function makeRecoverySet(passwords: Passwords, turn: Turn): Promise<NewRecoverySet> {
  const salt = randomBytes(16)
  const codes = Array.from({ length: codesPerSet }, makeCode)
  const hashes: string[] = []
  for (const code of codes) hashes.push(await passwords.hashCode(code, { salt }, turn))
  return { codes: codes.map(inFours), salt: salt.toString('base64'), hashes }
}

/** A code without what people add and mistake: case, blanks, hyphens, O for 0, I and L for 1. `undefined` for no code. */
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
