import { createHash, randomBytes } from 'node:crypto'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { Sql } from '../../store/engine/database.ts'
import { spendOnce } from '../../store/one-time/spent.ts'

/** What a client carries for us, encrypted: nothing is stored for what is only begun. */
export interface Carried<Content> {
  readonly content: Content
  readonly expiresAt: Date
  /** Uses it up. @returns Whether it was not used up before. */
  readonly spend: (sql: Sql) => Promise<boolean>
}

/** What it is: what was sealed as one opens as no other. */
export type CarriedKind = 'sign-in' | 'outcome' | 'pending identity' | 'passkey'

/** Minutes are enough for a person. */
export const carriedSeconds: number = 10 * 60

export function sealCarried(
  secrets: ServerSecret,
  kind: CarriedKind,
  about: string,
  content: object,
  now: Date,
  seconds: number = carriedSeconds,
): string {
  // No two are equal: each can be used up by itself.
  const id = randomBytes(16).toString('base64url')
  const text = JSON.stringify({ id, content, exp: now.getTime() + seconds * 1000 })
  const { sealed, sealedUnder } = secrets.sealing(`carried: ${kind}`).seal(text, `${kind}:${about}`)
  return `${sealedUnder}.${sealed}`
}

/** @returns `undefined` for whatever was not sealed here as this, or is over. */
export function openCarried<Content>(
  secrets: ServerSecret,
  kind: CarriedKind,
  about: string,
  text: string | undefined,
  now: Date,
): Carried<Content> | undefined {
  const [, sealedUnder, sealed] = /^([\da-f]+)\.([\w-]{38,8192})$/.exec(text ?? '') ?? []
  if (sealedUnder === undefined || sealed === undefined) return undefined
  const plain = opened()
  if (plain === undefined) return undefined
  const { content, exp } = JSON.parse(plain) as { readonly content: Content; readonly exp: number }
  if (exp <= now.getTime()) return undefined
  const expiresAt = new Date(exp)
  // Of what is inside: a text in base64url can be written in several ways.
  const hash = createHash('sha256').update(`${kind}\0${plain}`).digest('hex')
  return { content, expiresAt, spend: (sql) => spendOnce(sql, hash, expiresAt) }

  function opened(): string | undefined {
    try {
      return secrets
        .sealing(`carried: ${kind}`)
        .open({ sealed: sealed ?? '', sealedUnder: sealedUnder ?? '' }, `${kind}:${about}`)
    } catch {
      return undefined
    }
  }
}
