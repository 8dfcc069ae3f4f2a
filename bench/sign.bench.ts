// How long does it take to make a token?
import { createHmac, type KeyObject, sign } from 'node:crypto'
import { createSigner } from 'fast-jwt'
import { signToken } from 'hallpass'
import { SignJWT } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { alternate, atMost, type Result, type Table } from './measure.ts'
import { makeClaims, makeKey, measured, textOf } from './tokens.ts'

export async function run(): Promise<Result> {
  const tables: Table[] = []
  for (const one of measured) tables.push(await measure(one))
  return { question: 'Sign', unit: 'µs', tables }
}

async function measure({ algorithm, hash }: (typeof measured)[number]): Promise<Table> {
  const key = makeKey(algorithm)
  const object = key.signingKey
  if (object === undefined) throw new Error('The key signs nothing')
  const claims = makeClaims()
  const header = { alg: algorithm, kid: key.kid, typ: 'JWT' }
  const fastJwt = createSigner({ key: textOf(object), algorithm, kid: key.kid, noTimestamp: true })
  const contestants: Record<string, () => unknown> = {
    raw: () => rawSign(header, claims, object, hash),
    hallpass: () => signToken(claims, key),
    'fast-jwt': () => fastJwt(claims),
    jose: () => new SignJWT(claims).setProtectedHeader(header).sign(object),
  }
  // jsonwebtoken does not support EdDSA.
  if (algorithm !== 'EdDSA') {
    contestants.jsonwebtoken = () => jsonwebtoken.sign(claims, object, { algorithm, keyid: key.kid })
  }
  const rows = await alternate(contestants)
  return { title: algorithm, rows, targets: [atMost(rows, 'hallpass', algorithm === 'HS256' ? 1.5 : 1.1, 'raw')] }
}

function rawSign(header: object, claims: object, key: KeyObject, hash: string | null): string {
  const signedPart = `${encode(header)}.${encode(claims)}`
  if (key.type === 'secret') return `${signedPart}.${createHmac('sha256', key).update(signedPart).digest('base64url')}`
  const signature = sign(hash, Buffer.from(signedPart), { key, dsaEncoding: 'ieee-p1363' })
  return `${signedPart}.${signature.toString('base64url')}`
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
