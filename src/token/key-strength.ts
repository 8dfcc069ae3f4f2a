import type { KeyObject } from 'node:crypto'
import { ConfigurationError } from '../errors.ts'
import { type AlgorithmName, algorithms } from './algorithms.ts'
import { withoutPrivateHalf } from './key-material.ts'

/** NIST SP 800-131A: less is no longer allowed to sign. */
export const minimumRsaBits = 2048

/**
 * Refuses keys that can be guessed, factored or satisfied by anyone (RFC 7518 §3.2, §3.3, RFC 8725 §3.5).
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
    throw new ConfigurationError('key_too_weak', 'RSA of a broken generator (ROCA) gives no security')
  }
  if (kty === 'OKP' && isSmallOrder(object)) {
    throw new ConfigurationError('key_too_weak', 'Ed25519 of a small order gives no security')
  }
}

/** The y coordinates of the points of order 1, 2, 4 and 8, and their spellings above the field's prime (RFC 8032 §5.1). */
const smallOrderPoints: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

function isSmallOrder(object: KeyObject): boolean {
  const point = publicNumber(object, 'x')
  const signBit = 0x80
  point[31] = (point[31] as number) & ~signBit
  return smallOrderPoints.has(point.toString('hex'))
}

/** Odd primes up to 167: the product whose residues give a ROCA modulus away, by chance once in 2^150. */
const smallPrimes = Array.from({ length: 83 }, (_, index) => 2 * index + 3).filter(isPrime)

/** Modulo each small prime, a modulus of that generator is a power of 65537 (Nemec et al., CCS 2017, §3.1). */
function isRocaModulus(object: KeyObject): boolean {
  const modulus = BigInt(`0x${publicNumber(object, 'n').toString('hex')}`)
  return smallPrimes.every((prime) => isPowerOf65537(Number(modulus % BigInt(prime)), prime))
}

function isPowerOf65537(residue: number, prime: number): boolean {
  for (let power = 1, steps = 1; steps < prime; steps++) {
    if (power === residue) return true
    power = (power * 65_537) % prime
  }
  return false
}

function isPrime(odd: number): boolean {
  for (let divisor = 3; divisor * divisor <= odd; divisor += 2) {
    if (odd % divisor === 0) return false
  }
  return true
}

function publicNumber(object: KeyObject, member: 'n' | 'x'): Buffer {
  return Buffer.from(withoutPrivateHalf(object).export({ format: 'jwk' })[member] as string, 'base64url')
}
