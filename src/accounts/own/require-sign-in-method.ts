import { RequestError } from '../../errors.ts'
import type { Sql } from '../../store/engine/database.ts'
import { findSignInMethods, type SignInMethods } from '../../store/users/sign-in-methods.ts'
import type { GateSettings } from '../sessions/parts.ts'

/** What decides how a user can sign in. */
export interface SignInMethodParts {
  readonly gate: GateSettings
  readonly emailSignIn: boolean
  /** If absent, users cannot sign in by mail, whatever the setting. */
  readonly outbox: unknown
  readonly providers: { values(): Iterable<IssuerOfUsers> }
}

/** A configured provider. */
interface IssuerOfUsers {
  /** Whether this provider signs in accounts of the issuer. */
  issues(issuer: string): boolean
}

/**
 * Requires that a user can still sign in. To be called after a way to sign in was removed, in the same transaction,
 * which has locked the user. Only ways that work with the current settings count: a verified mailbox if sign-in by mail
 * is on, or an account at a configured provider. Nothing counts if the gate requires a verified address that the user
 * does not have. A reset by mail does not count either: it is for a user who cannot sign in any more.
 * @throws {RequestError} `last_way_in`; nothing is removed then
 */
export async function requireSignInMethod(trx: Sql, parts: SignInMethodParts, userId: string): Promise<void> {
  const methods = await findSignInMethods(trx, userId)
  if (methods === undefined) return
  if (parts.gate.requireVerifiedEmail && !methods.hasVerifiedEmail) {
    throw new RequestError(
      'last_way_in',
      'Verify your e-mail address first: until then, there is no other way to sign in',
    )
  }
  if (signsIn(parts, methods)) return
  throw new RequestError('last_way_in', 'This is the only way to sign in to the account: add another first')
}

function signsIn({ emailSignIn, outbox, providers }: SignInMethodParts, methods: SignInMethods): boolean {
  if (methods.hasPassword || methods.passkeys > 0) return true
  if (methods.hasVerifiedEmail && emailSignIn && outbox !== undefined) return true
  return methods.issuers.some((issuer) => [...providers.values()].some((provider) => provider.issues(issuer)))
}
