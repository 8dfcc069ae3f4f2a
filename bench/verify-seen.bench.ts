// How long does it take to verify a token that was seen before, its times and its revocation checked again?
import { createVerifier } from 'fast-jwt'
import { KeySet, signToken, verifyToken } from 'hallpass'
import { alternate, atMost, medianOf, type Result } from './measure.ts'
import { expected, makeClaims, makeKey, textOf } from './tokens.ts'

export async function run(): Promise<Result> {
  const key = makeKey('HS256')
  const keys = new KeySet([key])
  if (key.verifyingKey === undefined) throw new Error('The key verifies nothing')
  const token = signToken(makeClaims(), keys)
  // A token arrives as bytes: each request makes a new string, which must be hashed again.
  const bytes = Buffer.from(token)
  const revoked = new Set<unknown>()
  const fastJwt = createVerifier({
    key: textOf(key.verifyingKey),
    algorithms: ['HS256'],
    allowedIss: expected.issuer,
    allowedAud: expected.audience,
    cache: 10_000,
  })
  const rows = await alternate({
    'hallpass, revocation asked': () => revoked.has(verifyToken(bytes.toString('latin1'), keys, expected).jti),
    'fast-jwt, cache on': () => fastJwt(bytes.toString('latin1')),
  })
  const ours = medianOf(rows, 'hallpass, revocation asked')
  const targets = [
    { demand: 'hallpass ≤ 1 µs', actual: `${ours.toFixed(2)} µs`, isReached: ours <= 1 },
    atMost(rows, 'hallpass, revocation asked', 0.5, 'fast-jwt, cache on'),
  ]
  return { question: 'Verify, seen before', unit: 'µs', tables: [{ title: 'HS256', rows, targets }] }
}
