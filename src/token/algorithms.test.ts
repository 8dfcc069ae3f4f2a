import { createPublicKey, type KeyObject } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { isAvailable } from '../../test/runtime.ts'
import { type AlgorithmName, algorithms, canonical } from './algorithms.ts'
import { generateKey, importKey } from './keys/import-key.ts'
import { exportJwk } from './keys/jwk.ts'
import type { Key } from './keys/key.ts'
import { signJws } from './sign.ts'
import { verifyJws } from './verify.ts'

const names = (Object.keys(algorithms) as AlgorithmName[]).filter(isAvailable)
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
    names.filter((other) => canonical(other) !== canonical(signer)).map((other) => [signer, other] as const),
  )
  it.each(pairs)('%s signed, %s asked', (signer, other) => {
    // Without a kid, so that only the algorithm stands between them.
    const token = signJws(payload, keys[signer], { kid: undefined })
    expect(() => verifyJws(token, keys[other])).toThrow(expect.objectContaining({ code: 'token_algorithm_refused' }))
  })

  it('but Ed25519 and EdDSA are two names of one: a key of either accepts both, and signs in its own', () => {
    const { signingKey } = keys.EdDSA
    const both = (['EdDSA', 'Ed25519'] as const).map((algorithm) =>
      importKey({ privateKey: signingKey as KeyObject, algorithm }),
    )
    for (const signer of both) {
      const token = signJws(payload, signer)
      for (const asked of both) expect(verifyJws(token, asked).header.alg).toBe(signer.algorithm)
    }
    expect(importKey({ privateKey: signingKey as KeyObject }).algorithm).toBe('EdDSA')
    const { alg, ...jwk } = exportJwk(keys.Ed25519)
    expect([
      alg,
      importKey({ jwk }).algorithm,
      importKey({ jwk: { ...jwk, alg: 'EdDSA' }, algorithm: 'Ed25519' }).kid,
    ]).toEqual(['Ed25519', 'EdDSA', keys.Ed25519.kid])
    expect(() => verifyJws(signJws(payload, keys.Ed25519, { kid: undefined }), keys.EdDSA)).toThrow(
      expect.objectContaining({ code: 'token_signature_invalid' }),
    )
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

  const joe = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'

  it('RFC 7515 A.2: RS256', () => {
    const n =
      'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ'
    const signature =
      'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw'
    const key = importKey({ jwk: { kty: 'RSA', n, e: 'AQAB' }, algorithm: 'RS256' })
    expect(verifyJws(`eyJhbGciOiJSUzI1NiJ9.${joe}.${signature}`, key).header).toEqual({ alg: 'RS256' })
  })

  it('RFC 7515 A.3: ES256', () => {
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    }
    const signature = 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q'
    expect(verifyJws(`eyJhbGciOiJFUzI1NiJ9.${joe}.${signature}`, importKey({ jwk })).header).toEqual({ alg: 'ES256' })
  })

  it('RFC 7515 A.4: ES512, over bytes that are no JSON', () => {
    const jwk = {
      kty: 'EC',
      crv: 'P-521',
      x: 'AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk',
      y: 'ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2',
    }
    const token =
      'eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn'
    expect(Buffer.from(verifyJws(token, importKey({ jwk })).payload).toString()).toBe('Payload')
  })

  it('RFC 7515 A.5, unsecured, and RFC 7797 §4.2, unencoded, which are refused', () => {
    const k = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'
    const key = importKey({ jwk: { kty: 'oct', k }, algorithm: 'HS256' })
    const unencoded = 'eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19'
    const signature = 'A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY'
    // The signature is right, for who reads it so: over the text of the payload as it is.
    expect(key.verify(`${unencoded}.$.02`, Buffer.from(signature, 'base64url'))).toBe(true)
    const refused: [token: string, code: string][] = [
      [`eyJhbGciOiJub25lIn0.${joe}.`, 'token_algorithm_refused'],
      [`${unencoded}..${signature}`, 'token_header_refused'],
      [`${unencoded}.$.02.${signature}`, 'token_header_refused'],
    ]
    for (const [token, code] of refused) {
      expect(() => verifyJws(token, key)).toThrow(expect.objectContaining({ code }))
    }
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
