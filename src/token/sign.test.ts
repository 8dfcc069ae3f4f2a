import { jwtVerify, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import type { ConfigurationErrorCode } from '../errors.ts'
import { importKey } from './keys/import-key.ts'
import { KeySet } from './keys/key-set.ts'
import { type SignHeader, signJws, signToken } from './sign.ts'
import { verifyToken } from './verify.ts'

const key = importKey({ secret: 'a secret of more than thirty-two bytes', kid: 'k' })
const circular: Record<string, unknown> = {}
circular.self = circular

describe('signToken', () => {
  it('writes alg, kid and typ, and the claims as they are', () => {
    const [header = '', payload = ''] = signToken({ sub: 'alice' }, key).split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'HS256', kid: 'k', typ: 'JWT' })
    expect(Buffer.from(payload, 'base64url').toString()).toBe('{"sub":"alice"}')
  })

  it('writes what jose reads, and reads what jose writes', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60
    const secret = key.signingKey
    if (secret === undefined) throw new Error('a secret signs')
    const { payload } = await jwtVerify(signToken({ sub: 'Zoë', exp, aud: ['api'] }, key), secret, { audience: 'api' })
    expect(payload).toEqual({ sub: 'Zoë', exp, aud: ['api'] })
    const theirs = await new SignJWT({ sub: 'Zoë', exp }).setProtectedHeader({ alg: 'HS256' }).sign(secret)
    expect(verifyToken(theirs, key)).toEqual({ sub: 'Zoë', exp })
  })

  const refused: [why: string, claims: unknown, header: Record<string, unknown>, code: ConfigurationErrorCode][] = [
    ['a subject of a number', { sub: 5 }, {}, 'claims_invalid'],
    ['issuers in a list', { iss: ['a'] }, {}, 'claims_invalid'],
    ['exp as text', { exp: '15m' }, {}, 'claims_invalid'],
    ['exp NaN, which JSON turns into null', { exp: Number.NaN }, {}, 'claims_invalid'],
    ['exp as a Date', { exp: new Date() }, {}, 'claims_invalid'],
    ['exp beyond 2^53', { exp: 2 ** 60 }, {}, 'claims_invalid'],
    ['a BigInt', { id: 5n }, {}, 'claims_invalid'],
    ['a circle', circular, {}, 'claims_invalid'],
    ['a list', [], {}, 'claims_invalid'],
    ['text', 'alice', {}, 'claims_invalid'],
    ['a lone surrogate', { name: '\ud800' }, {}, 'claims_invalid'],
    ['an object that turns into text', { toJSON: () => 'x' }, {}, 'claims_invalid'],
    ['9,000 characters', { x: 'x'.repeat(9000) }, {}, 'token_too_long'],
    ['a role in a Map', { roles: new Map([['admin', true]]) }, {}, 'claims_invalid'],
    ['a function, far below', { a: [{ b: () => 1 }] }, {}, 'claims_invalid'],
    ['NaN, which JSON turns into null', { level: Number.NaN }, {}, 'claims_invalid'],
    ['a number that is read as another', { id: 2 ** 53 + 2 }, {}, 'claims_invalid'],
    ['a Map in the header', {}, { x: new Map() }, 'header_invalid'],
    ['NaN in the header', {}, { x: Number.NaN }, 'header_invalid'],
    ['another algorithm', {}, { alg: 'HS512' }, 'header_invalid'],
    ['alg none', {}, { alg: 'none' }, 'header_invalid'],
    ['crit', {}, { crit: ['x'] }, 'header_invalid'],
    ['b64', {}, { b64: false }, 'header_invalid'],
    ['zip', {}, { zip: 'DEF' }, 'header_invalid'],
    ['kid as a number', {}, { kid: 5 }, 'header_invalid'],
    ['typ as a number', {}, { typ: 5 }, 'header_invalid'],
  ]
  it.each(refused)('refuses %s', (_why, claims, header, code) => {
    expect(() => signToken(claims as never, key, header as SignHeader)).toThrow(expect.objectContaining({ code }))
  })

  it('takes text that only looks like a lone surrogate', () => {
    const text = 'C:\\udata and \\ud800'
    expect(verifyToken(signToken({ text, exp: 4_000_000_000 }, key), key).text).toBe(text)
  })

  it('refuses to sign with a key that only verifies, or with none', () => {
    const missing = expect.objectContaining({ code: 'key_missing' })
    expect(() => signJws('x', new KeySet())).toThrow(missing)
  })
})
