import type { KeyObject } from 'node:crypto'
import { ConfigurationError } from '../../errors.ts'
import { type AlgorithmName, algorithms } from '../algorithms.ts'
import { withoutPrivateHalf } from './key-material.ts'

/** Shorter keys may no longer sign (NIST SP 800-131A). */
export const minimumRsaBits = 2048

/**
 * Rejects keys that can be guessed or factored, or whose signatures anyone can forge (RFC 7518 §3.2, §3.3, RFC 8725
 * §3.5).
 * @throws {ConfigurationError} `key_too_weak`
 */
export function checkStrength(object: KeyObject, name: AlgorithmName): void {
  const { kty, signatureBytes } = algorithms[name]
  const { modulusLength, publicExponent } = object.asymmetricKeyDetails ?? {}
  if (kty === 'oct' && (object.symmetricKeySize as number) < (signatureBytes as number)) {
    throw new ConfigurationError(
      'key_too_weak',
      `A secret for ${name} needs at least ${signatureBytes} random bytes, not ${object.symmetricKeySize}. ` +
        `Make one: node -p "crypto.randomBytes(${signatureBytes}).toString('base64url')"`,
    )
  }
  if (modulusLength !== undefined && modulusLength < minimumRsaBits) {
    throw new ConfigurationError('key_too_weak', `RSA needs at least ${minimumRsaBits} bits, not ${modulusLength}`)
  }
  // With an exponent of 1, every text is its own signature.
  if (publicExponent !== undefined && (publicExponent < 3n || publicExponent % 2n === 0n)) {
    throw new ConfigurationError('key_too_weak', `RSA with the public exponent ${publicExponent} gives no security`)
  }
  // CVE-2017-15361.
  if (modulusLength !== undefined && isRocaModulus(object)) {
    throw new ConfigurationError('key_too_weak', 'RSA from a broken generator (ROCA) gives no security')
  }
  if (kty === 'OKP' && isSmallOrder(object)) {
    throw new ConfigurationError('key_too_weak', 'Ed25519 of small order gives no security')
  }
}

/** The field of Curve25519 has this many elements (RFC 8032 §5.1). */
const fieldSize = 2n ** 255n - 19n
/** The y coordinates of the points of order 1 and 2, 4, and 8, each of which may be negated. */
const smallOrders = [1n, 0n, 0x5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n]

/** A coordinate may be encoded with the size of the field added to it, hence the second modulo. */
function isSmallOrder(object: KeyObject): boolean {
  const signBit = 2n ** 255n
  const y = (numberIn(publicBytes(object, 'x').reverse()) % signBit) % fieldSize
  return smallOrders.some((order) => order === y || order === fieldSize - y)
}

/** Odd primes up to 167. Residues by these primes reveal a ROCA modulus; another one has them once in 2^150. */
const smallPrimes = Array.from({ length: 83 }, (_, index) => 2 * index + 3).filter(isPrime)

/** Modulo each small prime, a modulus of that generator is a power of 65537 (Nemec et al., CCS 2017, §3.1). */
function isRocaModulus(object: KeyObject): boolean {
  const modulus = numberIn(publicBytes(object, 'n'))
  return smallPrimes.every((prime) => isPowerOf65537(Number(modulus % BigInt(prime)), prime))
}

function isPowerOf65537(residue: number, prime: number): boolean {
  for (let power = 1, steps = 1; steps < prime; steps++) {
    if (power === residue) return true
    power = (power * 65_537) % prime
  }
  return false
}

/** Whether an odd number below 169 is prime. */
function isPrime(odd: number): boolean {
  return [3, 5, 7, 11].every((divisor) => odd === divisor || odd % divisor !== 0)
}

function numberIn(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`)
}

function publicBytes(object: KeyObject, member: 'n' | 'x'): Buffer {
  return Buffer.from(withoutPrivateHalf(object).export({ format: 'jwk' })[member] as string, 'base64url')
}
