import { createHash, randomBytes } from 'node:crypto'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { Sql } from '../../store/engine/database.ts'
import { spendOnce } from '../../store/one-time/spent.ts'

/** State that a client carries for us, encrypted, so that nothing is stored for what is merely begun. */
export interface Carried<Content> {
  readonly content: Content
  readonly expiresAt: Date
  /** Uses it up. @returns Whether it was not used up before. */
  readonly spend: (sql: Sql) => Promise<boolean>
}

/** The kind of content. It cannot be opened as another kind. */
export type CarriedKind = 'sign-in' | 'outcome' | 'pending identity' | 'passkey'

/** Ten minutes are enough for a person. */
export const carriedSeconds: number = 10 * 60

export function sealCarried(
  secrets: ServerSecret,
  kind: CarriedKind,
  about: string,
  content: object,
  now: Date,
  seconds: number = carriedSeconds,
): string {
  // No two are equal, so each can be used up separately.
  const id = randomBytes(16).toString('base64url')
  const text = JSON.stringify({ id, content, exp: now.getTime() + seconds * 1000 })
  const { sealed, sealedUnder } = secrets.sealing(`carried: ${kind}`).seal(text, `${kind}:${about}`)
  return `${sealedUnder}.${sealed}`
}

/** Content before it is checked: another version of hallpass may have sealed it. */
export type Unchecked<Content> = { readonly [Name in keyof Content]?: unknown }

/** @returns `undefined` if it was not sealed here, is of another kind or shape, or has expired. */
export function openCarried<Content extends object>(
  { secrets, now }: { readonly secrets: ServerSecret; readonly now: () => Date },
  kind: CarriedKind,
  about: string,
  text: string | undefined,
  hasShape: (content: Unchecked<Content>) => boolean,
): Carried<Content> | undefined {
  const [, sealedUnder, sealed] = /^([\da-f]+)\.([\w-]{38,8192})$/.exec(text ?? '') ?? []
  if (sealedUnder === undefined || sealed === undefined) return undefined
  const plain = opened()
  if (plain === undefined) return undefined
  const { content, exp } = JSON.parse(plain) as { readonly content: Content; readonly exp: number }
  if (exp <= now().getTime() || !hasShape(Object(content))) return undefined
  const expiresAt = new Date(exp)
  // The hash is of the contents, because one value can be written in base64url in several ways.
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
