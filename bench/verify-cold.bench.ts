// How long does it take to verify a token that was not seen before?

import { createVerifier } from 'fast-jwt'
import { KeySet, signToken, verifyToken } from 'hallpass'
import { verify as honoVerify } from 'hono/jwt'
import { jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { alternate, atMost, type Result, type Table } from './measure.ts'
import { expected, makeClaims, makeKey, measured, rawVerify, textOf } from './tokens.ts'

export async function run(): Promise<Result> {
  const tables: Table[] = []
  for (const one of measured) tables.push(await measure(one))
  tables.push(await measureDistinct())
  return { question: 'Verify, not seen before', unit: 'µs', tables }
}

async function measure({ algorithm, hash }: (typeof measured)[number]): Promise<Table> {
  const key = makeKey(algorithm)
  const object = key.verifyingKey
  if (object === undefined) throw new Error('The key verifies nothing')
  // Without the cache, the same token is new each time.
  const keys = new KeySet([key], { cacheSize: 0 })
  const token = signToken(makeClaims(), keys)
  const text = textOf(object)
  const fastJwt = createVerifier({
    key: text,
    algorithms: [algorithm],
    allowedIss: expected.issuer,
    allowedAud: expected.audience,
  })
  const contestants: Record<string, () => unknown> = {
    raw: () => rawVerify(token, object, hash),
    hallpass: () => verifyToken(token, keys, expected),
    'fast-jwt': () => fastJwt(token),
    jose: () => jwtVerify(token, object, { ...expected, algorithms: [algorithm] }),
    'hono/jwt': () => honoVerify(token, text, { alg: algorithm, iss: expected.issuer, aud: expected.audience }),
  }
  // jsonwebtoken does not support EdDSA.
  if (algorithm !== 'EdDSA') {
    contestants.jsonwebtoken = () => jsonwebtoken.verify(token, object, { ...expected, algorithms: [algorithm] })
  }
  const rows = await alternate(contestants)
  const factor = algorithm === 'HS256' ? 1.5 : 1.1
  return {
    title: algorithm,
    rows,
    targets: [atMost(rows, 'hallpass', factor, 'raw'), atMost(rows, 'hallpass', 1, 'fast-jwt')],
  }
}

/** The same with the cache, and with more tokens in turn than it has room for, as with very many users. */
async function measureDistinct(): Promise<Table> {
  const key = makeKey('HS256')
  const object = key.verifyingKey
  if (object === undefined) throw new Error('The key verifies nothing')
  const keys = new KeySet([key])
  const tokens = Array.from({ length: 30_000 }, () => signToken(makeClaims(), key))
  let turn = 0
  const next = () => tokens[turn++ % tokens.length] as string
  const rows = await alternate({
    raw: () => rawVerify(next(), object, 'sha256'),
    hallpass: () => verifyToken(next(), keys, expected),
  })
  return { title: 'HS256, 30,000 tokens in turn, memory on', rows, targets: [atMost(rows, 'hallpass', 1.5, 'raw')] }
}
