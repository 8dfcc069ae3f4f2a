import { TokenError } from '../errors.ts'
import { statusOf } from '../guard/problem.ts'
import type { VerifiedToken } from '../guard/read-token.ts'
import { findSubject } from '../store/token-subjects.ts'
import { mayGoOn } from './living-session.ts'
import type { Parts } from './parts.ts'
import { readRefreshToken } from './refresh-token.ts'

/** The answer for a valid token (RFC 7662 section 2.2): its claims, times in Unix seconds. */
export type Introspection = Readonly<Record<string, unknown>>

/** What a token says, if it is good at this moment; `undefined` otherwise, and nothing of why. */
export async function introspect(
  parts: Pick<Parts, 'database' | 'jwt' | 'now'>,
  token: string,
): Promise<Introspection | undefined> {
  const refreshToken = readRefreshToken(token)
  if (refreshToken !== undefined) return introspectRefreshToken(parts, refreshToken)
  const verified = readAccessToken(parts, token)
  if (verified === undefined) return undefined
  const { claims, header } = verified
  if (await parts.jwt.callbacks.isRevoked?.(claims, header, { strict: true })) return undefined
  // The double-submit value is for the browser that holds the cookie.
  const { csrf: _, ...told } = claims
  return { token_type: 'Bearer', ...told }
}

/** `undefined` for one that is not good. */
export function readAccessToken({ jwt }: Pick<Parts, 'jwt'>, token: string): VerifiedToken | undefined {
  try {
    return jwt.verify(token)
  } catch (error) {
    // Whether it is good must be known: our own trouble is not the token's.
    if (error instanceof TokenError && statusOf(error.code) < serverTrouble) return undefined
    throw error
  }
}

/** Statuses from here on say that it was not the client's fault. */
const serverTrouble = statusOf('internal_error')

async function introspectRefreshToken(
  { database, now }: Pick<Parts, 'database' | 'now'>,
  { familyHash, hash }: { readonly familyHash: string; readonly hash: string },
): Promise<Introspection | undefined> {
  const found = await findSubject(database.sql, { familyHash })
  if (found === undefined || !mayGoOn(found, now()) || hash !== found.refresh.hash) return undefined
  const { id, userId, createdAt, idleExpiresAt, expiresAt } = found.subject.session
  const end = idleExpiresAt < expiresAt ? idleExpiresAt : expiresAt
  return { token_type: 'refresh_token', sub: userId, sid: id, iat: seconds(createdAt), exp: seconds(end) }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
