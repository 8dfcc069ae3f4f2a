import { createHmac, randomBytes } from 'node:crypto'
import type { MintOptions, Recipe, RequestRecipe } from './recipe.ts'

/** What both sides sign with, and the tester knows. */
export const secret: string = randomBytes(48).toString('base64url')
export const anotherSecret: string = randomBytes(48).toString('base64url')

/** A token that the app under test makes itself. */
export function minted(kind: 'access' | 'refresh', options: MintOptions = {}): Recipe {
  return (tester) => tester.mint(kind, options)
}

/** Access, access fresh, refresh, access expired a minute ago. */
export const A: Recipe = minted('access')
export const F: Recipe = minted('access', { fresh: true })
export const R: Recipe = minted('refresh')
export const X: Recipe = minted('access', { expiresInSeconds: -60 })

type Payload = object | ((now: number) => object)

interface SignOptions {
  readonly header?: object
  readonly secret?: string
  readonly algorithm?: 'HS256' | 'HS384' | 'HS512'
}

/** A token that the tester signs: nothing of hallpass is used for it. */
export function signed(payload: Payload, options: SignOptions = {}): Recipe {
  const { algorithm = 'HS256', header } = options
  return ({ now }) => {
    const claims = typeof payload === 'function' ? payload(now) : payload
    return compact(JSON.stringify({ alg: algorithm, typ: 'JWT', ...header }), JSON.stringify(claims), options)
  }
}

/** The same from the texts of its parts, whatever they are. */
export function compact(header: string, payload: string, options: SignOptions = {}): string {
  const signedPart = `${encode(header)}.${encode(payload)}`
  const hash = (options.algorithm ?? 'HS256').replace('HS', 'sha')
  return `${signedPart}.${createHmac(hash, options.secret ?? secret)
    .update(signedPart)
    .digest('base64url')}`
}

export function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

/** Another text made from a token, part by part. */
export function altered(token: Recipe, change: (parts: [string, string, string]) => readonly string[]): Recipe {
  return async (tester) => change((await tester.text(token)).split('.') as [string, string, string]).join('.')
}

/** The first character of the signature is another one. */
export function badlySigned(token: Recipe): Recipe {
  return altered(token, ([header, payload, signature]) => [
    header,
    payload,
    (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1),
  ])
}

/** A member of the body that answers a request. */
export function member(request: RequestRecipe, name: string): Recipe {
  return async (tester) => (JSON.parse((await tester.answer(request)).text) as Record<string, string>)[name] ?? ''
}

/** The value of a cookie that the answer to a request sets. */
export function cookieFrom(request: RequestRecipe, name: string): Recipe {
  return async (tester) => {
    const line = (await tester.answer(request)).cookies.find((cookie) => cookie.startsWith(`${name}=`)) ?? ''
    return line.slice(name.length + 1).split(';')[0] ?? ''
  }
}

/** The `csrf` claim of a token. */
export function csrfOf(token: Recipe): Recipe {
  return async (tester) => String(decoded(await tester.text(token)).claims.csrf)
}

export interface Decoded {
  readonly header: Record<string, unknown>
  readonly claims: Record<string, unknown>
}

/** Reads a token without believing it. */
export function decoded(token: string): Decoded {
  const [header, claims] = token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>)
  if (header === undefined || claims === undefined) throw new Error('A token has a header and claims')
  return { header, claims }
}
