import type { RequestOrigin } from '../../core/events.ts'
import type { Turn } from '../../core/queue/line.ts'
import { RequestError } from '../../errors.ts'
import { listKnownAddresses } from '../../store/sessions/sessions.ts'
import type { UserWithHash } from '../../store/users/users.ts'
import { auditedAttempt } from './limits/audited-attempt.ts'
import type { PasswordParts } from './parts.ts'
import { turnOf } from './queue/hash-turn.ts'

/** A user who has just proven the password, and the hash to store: a new one if the stored one is outdated. */
export interface ProvenUser {
  readonly user: UserWithHash & { readonly passwordHash: string }
  readonly newHash: string
}

/**
 * Checks a password as every attempt is checked: counted in advance, slowed down after the first few, and with the same
 * work and the same answer for an unknown user, a wrong password and a disabled account.
 * @param account The normalised name, or what was typed if no account can have it.
 * @throws {RequestError} `invalid_credentials`, `rate_limited`, `overloaded`
 */
export async function checkPassword(
  parts: Pick<
    PasswordParts,
    'database' | 'passwords' | 'decoys' | 'limits' | 'revocations' | 'announce' | 'signal' | 'now'
  >,
  {
    account,
    user,
    password,
    origin,
    device,
  }: {
    readonly account: string
    readonly user: UserWithHash | undefined
    readonly password: string
    readonly origin: RequestOrigin
    /** Shows that the client was logged in before. It has been checked. */
    readonly device: string | null
  },
): Promise<ProvenUser> {
  const { database, passwords, decoys } = parts
  const decoy = decoys.hashFor(account)
  const attempt = {
    purpose: 'password',
    account,
    device,
    knownAddresses: () => listKnownAddresses(database.sql, user?.id ?? ''),
  }
  const noted = { event: 'login_failed', userId: user?.id ?? null } as const
  const proof = await auditedAttempt(parts, attempt, noted, origin, () =>
    prove(passwords, { user, password, decoy, turn: turnOf(origin, account) }),
  )
  if (proof !== undefined) return proof
  throw new RequestError('invalid_credentials', 'Bad username or password')
}

/** Compares the password without counting the attempt. */
export async function prove(
  passwords: PasswordParts['passwords'],
  {
    user,
    password,
    decoy,
    turn,
  }: {
    readonly user: UserWithHash | undefined
    readonly password: string
    readonly decoy: string | undefined
    readonly turn: Turn
  },
): Promise<ProvenUser | undefined> {
  const { matches, outdated } = await passwords.verify(password, { stored: user?.passwordHash ?? null, decoy, turn })
  const { passwordHash } = user ?? {}
  if (user === undefined || !passwordHash || !matches || user.disabledAt !== null) return undefined
  // The password was right, so if the queue is full, the old hash is kept for now.
  const newHash = outdated ? await passwords.hash(password, turn).catch(() => passwordHash) : passwordHash
  return { user: { ...user, passwordHash }, newHash }
}
