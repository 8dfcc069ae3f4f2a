import { createPublicKey } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { type AlgorithmName, algorithms } from './algorithms.ts'
import { generateKey, importKey } from './import-key.ts'
import type { Key } from './key.ts'
import { signJws } from './sign.ts'
import { verifyJws } from './verify.ts'

const names = Object.keys(algorithms) as AlgorithmName[]
const keys = Object.fromEntries(names.map((name) => [name, generateKey(name)])) as Record<AlgorithmName, Key>
const payload = new TextEncoder().encode('any bytes, \u0000 included')

describe('each algorithm', () => {
  it.each(names)('%s verifies what it signed, over any bytes', (name) => {
    expect(verifyJws(signJws(payload, keys[name]), keys[name]).payload).toEqual(payload)
  })

  it.each(names)('%s takes no signature but its own', (name) => {
    const [header, body, signature = ''] = signJws(payload, keys[name]).split('.')
    const bytes = Buffer.from(signature, 'base64url')
    const changed = Buffer.from(bytes)
    changed[changed.length - 1] = (changed[changed.length - 1] as number) ^ 1
    const zeros = Buffer.alloc(bytes.length)
    for (const forged of [changed, zeros, bytes.subarray(1), Buffer.concat([bytes, Buffer.of(0)]), Buffer.alloc(0)]) {
      const token = `${header}.${body}.${forged.toString('base64url')}`
      expect(() => verifyJws(token, keys[name])).toThrow(expect.objectContaining({ code: 'token_signature_invalid' }))
    }
  })

  it.each(names)('%s goes both ways with jose', async (name) => {
    const { signingKey, verifyingKey } = keys[name]
    if (signingKey === undefined || verifyingKey === undefined) throw new Error('a generated key has both halves')
    const theirs = await new CompactSign(payload).setProtectedHeader({ alg: name }).sign(signingKey)
    expect(verifyJws(theirs, keys[name]).payload).toEqual(payload)
    expect((await compactVerify(signJws(payload, keys[name]), verifyingKey)).payload).toEqual(payload)
  })
})

describe('a key of one algorithm refuses a token of another', () => {
  const pairs = names.flatMap((signer) =>
    names.filter((other) => other !== signer).map((other) => [signer, other] as const),
  )
  it.each(pairs)('%s signed, %s asked', (signer, other) => {
    // Without a kid, so that only the algorithm stands between them.
    const token = signJws(payload, keys[signer], { kid: undefined })
    expect(() => verifyJws(token, keys[other])).toThrow(expect.objectContaining({ code: 'token_algorithm_refused' }))
  })

  const rsa: AlgorithmName[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
  it.each(rsa)('even where one RSA key could serve both: %s', (name) => {
    const material = keys.RS256.signingKey
    if (material === undefined) throw new Error('a generated key signs')
    const token = signJws(payload, importKey({ privateKey: material, algorithm: name }))
    for (const other of rsa.filter((one) => one !== name)) {
      const key = importKey({ publicKey: createPublicKey(material), algorithm: other })
      expect(() => verifyJws(token, key)).toThrow(expect.objectContaining({ code: 'token_algorithm_refused' }))
    }
  })
})

describe('the vectors of the standards', () => {
  it('RFC 7515 A.1: HS256, with line breaks in header and payload', () => {
    const k = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'
    const token =
      'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    const { payload: bytes } = verifyJws(token, importKey({ jwk: { kty: 'oct', k }, algorithm: 'HS256' }))
    expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ iss: 'joe', exp: 1300819380 })
  })

  it('RFC 8037 A.4: EdDSA, which signs the same bytes to the same token', () => {
    const jwk = {
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    }
    const token =
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'
    const key = importKey({ jwk })
    expect(key.kid).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k') // A.3
    expect(signJws('Example of Ed25519 signing', key, { kid: undefined })).toBe(token)
    expect(Buffer.from(verifyJws(token, key).payload).toString()).toBe('Example of Ed25519 signing')
  })

  it('RFC 7638 §3.1: the thumbprint of an RSA key', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    expect(importKey({ jwk: { kty: 'RSA', n, e: 'AQAB', alg: 'RS256' } }).kid).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    )
  })
})
