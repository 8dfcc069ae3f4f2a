import { RequestError } from '../../errors.ts'
import type { Sql } from '../../store/engine/database.ts'
import { findWaysIn, type WaysIn } from '../../store/users/ways-in.ts'
import type { GateSettings } from '../sessions/parts.ts'

/** What decides what signs a user in. */
export interface WaysInParts {
  readonly gate: GateSettings
  readonly emailSignIn: boolean
  /** Without mail, the setting signs no one in. */
  readonly outbox: unknown
  readonly providers: { values(): Iterable<IssuerOfUsers> }
}

/** A provider that is set up. */
interface IssuerOfUsers {
  /** Whether an account of this issuer signs in with it. */
  issues(issuer: string): boolean
}

/**
 * Requires that a user can still sign in, after something that the user signs in with was removed in this transaction, which
 * has locked the user. What counts is what signs in at the settings in force: a mailbox where mail signs in, an account at a
 * provider that is set up, and nothing at all where the gate asks for a verified address that the user does not have. A reset
 * by mail does not count: it helps a user who has lost a way in.
 * @throws {RequestError} `last_way_in`: then nothing is removed
 */
export async function requireWayIn(trx: Sql, parts: WaysInParts, userId: string): Promise<void> {
  const ways = await findWaysIn(trx, userId)
  if (ways === undefined) return
  if (parts.gate.requireVerifiedEmail && !ways.hasVerifiedEmail) {
    throw new RequestError('last_way_in', 'Verify your e-mail address first: until then, nothing else signs in')
  }
  if (signsIn(parts, ways)) return
  throw new RequestError('last_way_in', 'This is the only way to sign in to the account: add another first')
}

function signsIn({ emailSignIn, outbox, providers }: WaysInParts, ways: WaysIn): boolean {
  if (ways.hasPassword || ways.passkeys > 0) return true
  if (ways.hasVerifiedEmail && emailSignIn && outbox !== undefined) return true
  return ways.issuers.some((issuer) => [...providers.values()].some((provider) => provider.issues(issuer)))
}
