import { commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import type { Turn } from '../../core/queue/line.ts'
import { RequestError } from '../../errors.ts'
import { listKnownAddresses } from '../../store/sessions/sessions.ts'
import type { UserWithHash } from '../../store/users/users.ts'
import type { Attempt } from './limits/limits.ts'
import type { PasswordParts } from './parts.ts'
import { turnOf } from './queue/hash-turn.ts'

/** A user who has just proven to know the password, and the hash to keep: today's, where the stored one is outdated. */
export interface ProvenUser {
  readonly user: UserWithHash & { readonly passwordHash: string }
  readonly newHash: string
}

/**
 * Checks a password as every attempt is checked: counted beforehand, slowed down after the first few, and with the same
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
    /** What shows that the client was logged in before, once that was checked. */
    readonly device: string | null
  },
): Promise<ProvenUser> {
  const { database, passwords, decoys, limits, now } = parts
  const decoy = decoys.hashFor(account)
  const about = { userId: user?.id ?? null }
  const attempt: Attempt = {
    purpose: 'password',
    account,
    address: origin.address,
    device,
    knownAddresses: () => listKnownAddresses(database.sql, user?.id ?? ''),
  }
  const proof = await limits
    .attempt(attempt, () => prove(passwords, { user, password, decoy, turn: turnOf(origin, account) }))
    .catch((error) => {
      // Announced, and not stored: a client that is being delayed must not be able to fill the disk.
      const isSlowedDown = error instanceof RequestError && error.code === 'rate_limited'
      if (isSlowedDown) parts.announce(makeEvent('login_limited', now(), origin, about))
      throw error
    })
  if (proof !== undefined) return proof
  await commit(parts, async () => ({
    result: undefined,
    events: [makeEvent('login_failed', now(), origin, about)],
  }))
  throw new RequestError('invalid_credentials', 'Bad username or password')
}

/** Compares, and counts nothing. */
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
  // Where the queue is full the old hash does for now: the password was right.
  const newHash = outdated ? await passwords.hash(password, turn).catch(() => passwordHash) : passwordHash
  return { user: { ...user, passwordHash }, newHash }
}
