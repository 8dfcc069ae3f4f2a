import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type AlgorithmName, generateKey, importKey, JwtManager, type Key, KeySet } from 'hallpass'
import { describe, expect, it } from 'vitest'
import { answersOf, claims, codeOf, dice, encode, now, numbered, seal } from './ways.ts'

// Tokens with a genuine signature that must still be rejected, and faults that only many tokens reveal. Single
// forgeries are in forgeries.test.ts and beside the code.

const names: AlgorithmName[] = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'ML-DSA-44',
  'ML-DSA-65',
  'ML-DSA-87',
]
const keys = Object.fromEntries(names.map((name) => [name, generateKey(name, { kid: 'k' })])) as Record<
  AlgorithmName,
  Key
>
const all = Object.values(keys)
const typ = 'at+jwt'

describe('T3: a key of one algorithm, and a header that names another', () => {
  it.each(names)('%s signs nothing that another algorithm accepts', (signer) => {
    for (const named of names.filter((name) => name !== signer)) {
      for (const kid of ['k', 'unknown', undefined]) {
        const token = seal(keys[signer], { alg: named, kid, typ }, claims)
        // Alone, the key rejects the algorithm. In a set with all keys, the key of that algorithm rejects the
        // signature.
        expect([named, answersOf(token, keys[signer])]).toEqual([named, ['token_algorithm_refused']])
        const set = new KeySet(all, { kidIsHint: true })
        expect([named, codeOf(() => new JwtManager({ keys: set, clock: () => now }).verify(token))]).toEqual([
          named,
          'token_signature_invalid',
        ])
      }
    }
  })

  it('is refused if the key that is chosen for a token is of another family', () => {
    const token = seal(keys.HS256, { alg: 'HS256', typ }, claims)
    for (const name of names.filter((other) => other !== 'HS256')) {
      const manager = new JwtManager({ keys: new KeySet(), verifyingKeyFor: () => keys[name], clock: () => now })
      expect([name, codeOf(() => manager.verify(token))]).toEqual([name, 'token_algorithm_refused'])
    }
  })
})

describe('T6 to T10: a genuine signature does not help', () => {
  const good = { alg: 'HS256', kid: 'k', typ }
  const text = JSON.stringify(claims)
  const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)))
  const headers: [what: string, header: object | string | Uint8Array, code: string][] = [
    ['crit unknown', { ...good, crit: ['x'], x: 1 }, 'token_header_refused'],
    ['crit empty', { ...good, crit: [] }, 'token_header_refused'],
    ['crit null', { ...good, crit: null }, 'token_header_refused'],
    ['crit as an object', { ...good, crit: { 0: 'exp', length: 1 } }, 'token_header_refused'],
    ['crit that names a member of RFC 7515', { ...good, crit: ['alg'] }, 'token_header_refused'],
    ['crit that names exp, in the claims', { ...good, crit: ['exp'] }, 'token_header_refused'],
    ['b64 true', { ...good, b64: true }, 'token_header_refused'],
    ['b64 null', { ...good, b64: null }, 'token_header_refused'],
    ['zip', { ...good, zip: 'DEF' }, 'token_header_refused'],
    ['alg twice', '{"alg":"none","alg":"HS256","typ":"at+jwt"}', 'token_malformed'],
    ['alg twice, once escaped', '{"alg":"HS256","\\u0061lg":"none"}', 'token_malformed'],
    ['kid as a number', { ...good, kid: 1 }, 'token_key_unknown'],
    ['kid in a list', { ...good, kid: ['k'] }, 'token_key_unknown'],
    ['a byte order mark', bytes([0xef, 0xbb, 0xbf], JSON.stringify(good)), 'token_malformed'],
    ['invalid UTF-8', bytes('{"alg":"HS256","x":"', [0xc0, 0x80], '"}'), 'token_malformed'],
    ['a lone surrogate', '{"alg":"HS256","kid":"\\ud800"}', 'token_malformed'],
    ['NUL after it', bytes(JSON.stringify(good), [0]), 'token_malformed'],
    ['no alg', { kid: 'k', typ }, 'token_algorithm_refused'],
    ['alg in other letters', { ...good, alg: 'hs256' }, 'token_algorithm_refused'],
    ['alg with a blank', { ...good, alg: 'HS256 ' }, 'token_algorithm_refused'],
    ['alg with a look-alike', { ...good, alg: 'НS256' }, 'token_algorithm_refused'],
    ['alg in the prototype', '{"__proto__":{"alg":"HS256"},"typ":"at+jwt"}', 'token_algorithm_refused'],
    ['the header of an encrypted token', { ...good, enc: 'A256GCM', alg: 'dir' }, 'token_algorithm_refused'],
  ]
  it.each(headers)('in the header: %s', (_what, header, code) => {
    expect(answersOf(seal(keys.HS256, header, claims), keys.HS256)).toEqual([code])
  })

  const payloads: [what: string, payload: object | string | Uint8Array][] = [
    ['nothing', ''],
    ['a list', '[]'],
    ['a list of claims', `[${text}]`],
    ['text', '"x"'],
    ['a number', '1'],
    ['null', 'null'],
    ['true', 'true'],
    ['two objects', text + text],
    ['a comment', `/**/${text}`],
    ['a comma too many', text.replace('}', ',}')],
    ['single quotes', text.replaceAll('"', "'")],
    ['sub twice', text.replace('}', ',"sub":"admin"}')],
    ['exp twice', text.replace('}', ',"exp":9999999999}')],
    ['sub twice, once escaped', text.replace('}', ',"s\\u0075b":"admin"}')],
    ['a member twice, far below', text.replace('}', ',"a":[{"b":1,"b":2}]}')],
    ['a byte order mark', bytes([0xef, 0xbb, 0xbf], text)],
    ['UTF-16', Buffer.from(text, 'utf16le')],
    ['an overlong slash', bytes('{"sub":"', [0xc0, 0xaf], '"}')],
    ['a surrogate as bytes', bytes('{"sub":"', [0xed, 0xa0, 0x80], '"}')],
    ['a lone surrogate as an escape', text.replace('alice', '\\udc00')],
    ['a nest of 2,000', `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`],
    ['a nest without an end', '{"a":'.repeat(1000)],
    ['a form', 'sub=alice&exp=9999999999'],
  ]
  it.each(payloads)('in the claims: %s', (_what, payload) => {
    expect(answersOf(seal(keys.HS256, good, payload), keys.HS256)).toEqual(['token_malformed'])
  })

  const [header, payload, signature] = seal(keys.HS256, good, claims).split('.') as [string, string, string]
  const spellings: [what: string, token: string][] = [
    ['padding', `${header}.${payload}.${signature}=`],
    ['a blank before it', ` ${header}.${payload}.${signature}`],
    ['a line break after it', `${header}.${payload}.${signature}\n`],
    ['a part too many', `${header}.${payload}.${signature}.`],
    ['a part too many, in front', `.${header}.${payload}.${signature}`],
    ['a dot doubled', `${header}..${payload}.${signature}`],
    ['the parts alone', `${header}.${payload}`],
    ['the last bits of the signature', `${header}.${payload}.${signature.slice(0, -1)}${nextLetter(signature.at(-1))}`],
    ['a dot of full width', `${header}．${payload}.${signature}`],
    ['JSON serialization', JSON.stringify({ protected: header, payload, signature })],
  ]
  it.each(spellings)('in the spelling: %s', (_what, token) => {
    expect(answersOf(token, keys.HS256)).toEqual(['token_malformed'])
  })

  it('claims named like members of the prototype remain claims', () => {
    const odd = text.replace('}', ',"__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}}}')
    const manager = new JwtManager({ keys: new KeySet([keys.HS256]), clock: () => now })
    const verified = manager.verify(seal(keys.HS256, good, odd))
    expect([verified.identity, verified.claims.role, ({} as { role?: string }).role]).toEqual([
      'alice',
      undefined,
      undefined,
    ])
  })
})

/** The next letter of base64url's alphabet. In the last letter of an HS256 signature, it changes only unused bits. */
function nextLetter(letter: string | undefined): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(letter ?? 'A') + 1] as string
}

describe('T15 and T16: times in every spelling of JSON, genuinely signed', () => {
  const table: [name: 'exp' | 'nbf' | 'iat', value: string, code: string][] = [
    ['exp', '1e309', 'token_claim_invalid'],
    ['exp', '-1e309', 'token_claim_invalid'],
    ['exp', '9007199254740993', 'token_claim_invalid'],
    ['exp', '1e16', 'token_claim_invalid'],
    ['exp', '4e9', 'accepted'],
    ['exp', `${now}.001`, 'accepted'],
    ['exp', `${now}`, 'token_expired'],
    ['exp', `${now}.000`, 'token_expired'],
    ['exp', '-0', 'token_expired'],
    ['exp', '"9999999999"', 'token_claim_invalid'],
    ['exp', '{"valueOf":9999999999}', 'token_claim_invalid'],
    ['exp', 'null', 'token_claim_invalid'],
    ['nbf', '1e309', 'token_claim_invalid'],
    ['nbf', `${now}.5`, 'token_not_yet_valid'],
    ['nbf', 'false', 'token_claim_invalid'],
    ['iat', `${now * 1000}`, 'token_not_yet_valid'],
    ['iat', `${now}.5`, 'token_not_yet_valid'],
    ['iat', '""', 'token_claim_invalid'],
    ['iat', '[0]', 'token_claim_invalid'],
  ]
  it.each(table)('%s: %s', (name, value, code) => {
    const { exp: _, ...rest } = claims
    const others = name === 'exp' ? '' : `"exp":${now + 60},`
    const payload = `{${others}"${name}":${value},${JSON.stringify(rest).slice(1)}`
    expect(answersOf(seal(keys.EdDSA, { alg: 'EdDSA', typ }, payload), keys.EdDSA)).toEqual([code])
  })
})

describe('T12: ECDSA at its edges, on each curve', () => {
  const curves: [name: AlgorithmName, bytes: number, order: bigint][] = [
    ['ES256', 32, 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
    ['ES384', 48, 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n],
    [
      'ES512',
      66,
      0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    ],
  ]
  const toBytes = (number: bigint, length: number) => Buffer.from(number.toString(16).padStart(2 * length, '0'), 'hex')
  const toNumber = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`)

  it.each(curves)('%s refuses r and s of 0, n and more, and other lengths', (name, length, order) => {
    const signedPart = `${encode({ alg: name, typ })}.${encode(claims)}`
    const good = keys[name].sign(signedPart)
    const [r, s] = [good.subarray(0, length), good.subarray(length)]
    const edges = [0n, order, order + 1n, 256n ** BigInt(length) - 1n].map((edge) => toBytes(edge, length))
    const pairs = edges.flatMap((edge) => [
      [edge, s],
      [r, edge],
      [edge, edge],
    ])
    const others = [[s, r], [r], [r, s, Buffer.of(0)], [Buffer.of(0), r, Buffer.of(0), s], [toBytes(0n, 1), r, s]]
    for (const parts of [...pairs, ...others]) {
      const token = `${signedPart}.${Buffer.concat(parts).toString('base64url')}`
      expect(answersOf(token, keys[name])).toEqual(['token_signature_invalid'])
    }
  })

  it.each(curves)('%s has two signatures for one token, so that only its jti can name it', (name, length, order) => {
    const token = seal(keys[name], { alg: name, typ }, claims)
    const cut = token.lastIndexOf('.') + 1
    const signature = Buffer.from(token.slice(cut), 'base64url')
    const mirrored = toBytes(order - toNumber(signature.subarray(length)), length)
    const twin = token.slice(0, cut) + Buffer.concat([signature.subarray(0, length), mirrored]).toString('base64url')
    const manager = new JwtManager({ keys: new KeySet([keys[name]]), clock: () => now })
    expect(twin).not.toBe(token)
    expect(manager.getJti(twin)).toBe(manager.getJti(token))
  })
})

describe('T14: RSA', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pkcs1 = importKey({ privateKey, algorithm: 'RS256' })
  const pss = importKey({ privateKey, algorithm: 'PS256' })
  const signedBy = (alg: string, payload: object, hash: string, options: object) => {
    const signedPart = `${encode({ alg, typ })}.${encode(payload)}`
    const signature = sign(hash, Buffer.from(signedPart), { key: privateKey, ...options } as { key: KeyObject })
    return `${signedPart}.${signature.toString('base64url')}`
  }

  it.each([0, 20, 48, 222])('rejects a PSS signature with a salt of %i bytes (RFC 7518 §3.5)', (saltLength) => {
    const options = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
    expect(answersOf(signedBy('PS256', claims, 'sha256', options), pss)).toEqual(['token_signature_invalid'])
    expect(answersOf(signedBy('PS256', claims, 'sha256', { ...options, saltLength: 32 }), pss)).toEqual(['accepted'])
  })

  it.each(['sha1', 'sha224', 'sha384', 'sha512'])('rejects a signature over %s instead of SHA-256', (hash) => {
    expect(answersOf(signedBy('RS256', claims, hash, {}), pkcs1)).toEqual(['token_signature_invalid'])
  })

  it('rejects a signature that is larger by the modulus', () => {
    const modulus = BigInt(
      `0x${Buffer.from(privateKey.export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex')}`,
    )
    let tried = 0
    for (let number = 0; tried < 3; number++) {
      const token = seal(pkcs1, { alg: 'RS256', typ }, { ...claims, jti: `${number}` })
      const cut = token.lastIndexOf('.') + 1
      const sum = modulus + BigInt(`0x${Buffer.from(token.slice(cut), 'base64url').toString('hex')}`)
      if (sum >= 1n << 2048n) continue
      const larger = Buffer.from(sum.toString(16).padStart(512, '0'), 'hex').toString('base64url')
      expect(answersOf(token.slice(0, cut) + larger, pkcs1)).toEqual(['token_signature_invalid'])
      tried++
    }
  })
})

describe('T19: tokens of one key, for other purposes', () => {
  const set = new KeySet([keys.HS256])
  const service = new JwtManager({ keys: set, issuer: 'https://a', audience: 'api', clock: () => now })
  const head = { alg: 'HS256', kid: 'k' }
  const whole = { ...claims, iss: 'https://a', aud: 'api' }
  const purposes: [what: string, header: object, payload: object, code: string][] = [
    ['its own', { ...head, typ }, whole, 'accepted'],
    ['another issuer', { ...head, typ }, { ...whole, iss: 'https://b' }, 'token_issuer_mismatch'],
    ['another issuer by a slash', { ...head, typ }, { ...whole, iss: 'https://a/' }, 'token_issuer_mismatch'],
    ['another service', { ...head, typ }, { ...whole, aud: 'web' }, 'token_audience_mismatch'],
    ['services in an object', { ...head, typ }, { ...whole, aud: { 0: 'api', length: 1 } }, 'token_claim_invalid'],
    ['an ID token', { ...head, typ: 'JWT' }, { ...whole, nonce: 'n' }, 'token_typ_mismatch'],
    ['an ID token without a typ', head, { ...whole, nonce: 'n' }, 'token_typ_mismatch'],
    ['a logout token', { ...head, typ: 'logout+jwt' }, whole, 'token_typ_mismatch'],
    ['a proof of possession', { ...head, typ: 'dpop+jwt' }, whole, 'token_typ_mismatch'],
    ['a refresh token', { ...head, typ: 'rt+jwt' }, { ...whole, type: 'refresh' }, 'token_type_mismatch'],
    ['a refresh token by its typ alone', { ...head, typ: 'rt+jwt' }, whole, 'token_typ_mismatch'],
    ['a refresh token by its type alone', { ...head, typ }, { ...whole, type: 'refresh' }, 'token_typ_mismatch'],
    ['a one-time token', { ...head, typ }, { ...whole, type: 'email_verification' }, 'token_type_mismatch'],
    ['a typ in a list', { ...head, typ: [typ] }, whole, 'token_typ_mismatch'],
  ]
  it.each(purposes)('%s', (_what, header, payload, code) => {
    const token = seal(keys.HS256, header, payload)
    expect([codeOf(() => service.verify(token)), codeOf(() => service.verify(token))]).toEqual([code, code])
  })
})

describe('T20: a cached token is decided as if it were new', () => {
  it.each([1, 2, 3, 4])('through random histories of clocks, keys and revocations (%i)', (seed) => {
    const random = dice(seed)
    const ring = [0, 1, 2].map((number) => generateKey('HS256', { kid: `${number}` }))
    const warm = new KeySet(ring, { cacheSize: 20 })
    const cold = new KeySet(ring, { cacheSize: 0 })
    let time = now
    const managers = [warm, cold].map((set) => new JwtManager({ keys: set, clock: () => time, leewaySeconds: 1 }))
    const tokens = Array.from({ length: 60 }, (_, number) => {
      const times = {
        exp: now + random(40),
        nbf: now - 10 + random(20),
        ...(random(2) === 0 && { iat: now + random(9) }),
      }
      return numbered(ring[random(3)] as Key, number, times)
    })
    const forged = tokens.map((token) => token.replace(/.(?=.{9}$)/, (letter) => (letter === 'A' ? 'B' : 'A')))
    const outcomes = new Set<string>()
    for (let step = 0; step < 4000; step++) {
      const key = ring[random(3)] as Key
      if (random(200) === 0) for (const set of [warm, cold]) set.withdraw(key.kid)
      if (random(100) === 0) {
        const isAway = ![...warm].some(({ kid }) => kid === key.kid)
        if (isAway) for (const set of [warm, cold]) set.add(key)
      }
      time = now - 5 + random(50_000) / 1000
      const token = (random(5) === 0 ? forged : tokens)[random(60)] as string
      const [first, second] = managers.map((manager) => codeOf(() => manager.verify(token)))
      expect([step, first]).toEqual([step, second])
      outcomes.add(first as string)
    }
    expect([...outcomes].sort()).toEqual([
      'accepted',
      'token_expired',
      'token_key_unknown',
      'token_not_yet_valid',
      'token_signature_invalid',
    ])
  })

  it.each(['HS256', 'EdDSA', 'ES256', 'RS256'] as const)(
    '%s: no altered token passes, none does worse than be refused',
    (name) => {
      const random = dice(7)
      const manager = new JwtManager({ keys: new KeySet([keys[name]]), clock: () => now })
      const token = seal(keys[name], { alg: name, kid: 'k', typ }, claims)
      manager.verify(token)
      const letters = 'ABCXYZabcxyz019-_.=+/ \n\u0000é😀'
      for (let i = 0; i < 5000; i++) {
        const at = random(token.length)
        const letter = [...letters][random(26)] as string
        const cut = [token.slice(0, at) + letter + token.slice(at + 1), token.slice(0, at) + letter + token.slice(at)]
        const altered = [...cut, token.slice(0, at) + token.slice(at + 1), token.slice(0, at)][random(4)] as string
        if (altered !== token) expect(codeOf(() => manager.verify(altered))).toMatch(/^token_\w+$/)
      }
    },
  )
})
