import type { Caller, Parts } from './parts.ts'

/** An access token of a session: `sid` names it, `gen` its generation, `roles` are the user's of this moment. */
export function createSessionToken(
  { jwt }: Pick<Parts, 'jwt'>,
  { userId, sessionId, generation }: Caller,
  roles: readonly string[],
  { fresh }: { readonly fresh: boolean },
): string {
  return jwt.createAccessToken(userId, {
    fresh,
    additionalClaims: { sid: sessionId, gen: generation, ...(roles.length > 0 && { roles }) },
  })
}
