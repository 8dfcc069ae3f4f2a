import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { importKey } from '../../../token/keys/import-key.ts'
import { verifyToken } from '../../../token/verify.ts'
import { appleSecret } from './apple-secret.ts'

it('makes a client secret that the public key of the team verifies', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const secret = appleSecret({ privateKey: pem, keyId: 'ABC', teamId: 'TEAM', clientId: 'client' }, 1_800_000_000.5)
  const key = importKey({ publicKey, algorithm: 'ES256', kid: 'ABC' })
  const rules = { now: 1_800_000_001, audience: 'https://appleid.apple.com', issuer: 'TEAM' }
  const claims = { iat: 1_800_000_000, exp: 1_800_000_300, sub: 'client' }
  expect(verifyToken(secret, key, rules)).toMatchObject(claims)
})
