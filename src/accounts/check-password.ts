import { RequestError } from '../errors.ts'
import { listKnownAddresses } from '../store/sessions.ts'
import type { UserWithHash } from '../store/users.ts'
import { commit } from './commit.ts'
import type { Turn } from './fair-queue.ts'
import { turnOf } from './hash-turn.ts'
import type { Attempt } from './limits.ts'
import { type Client, makeEvent, type Parts } from './parts.ts'

/** A user who has just proven to know the password, and the hash to keep: today's, where the stored one is outdated. */
export interface ProvenUser {
  readonly user: UserWithHash
  readonly newHash: string
}

/**
 * Checks a password as every guess is checked: counted beforehand, slowed down after the first few, and with the same
 * work and the same answer for an unknown user, a wrong password and a disabled account.
 * @param account The name as it is unique, or whatever was typed where nobody can have it.
 * @throws {RequestError} `invalid_credentials`, `rate_limited`, `overloaded`
 */
export async function checkPassword(
  parts: Pick<Parts, 'database' | 'passwords' | 'limits' | 'revocations' | 'announce' | 'signal' | 'now'>,
  {
    account,
    user,
    password,
    client,
  }: {
    readonly account: string
    readonly user: UserWithHash | undefined
    readonly password: string
    readonly client: Client
  },
): Promise<ProvenUser> {
  const { database, passwords, limits, now } = parts
  const about = { userId: user?.id ?? null }
  const attempt: Attempt = {
    account,
    address: client.address,
    knownAddresses: () => listKnownAddresses(database.sql, user?.id ?? ''),
  }
  const proof = await limits
    .attempt(attempt, () => prove(passwords, user, password, turnOf(client, account)))
    .catch((error) => {
      // Told, and not written down: whoever is being slowed down must not be able to fill the disk.
      const isSlowedDown = error instanceof RequestError && error.code === 'rate_limited'
      if (isSlowedDown) parts.announce(makeEvent('login_limited', now(), client, about))
      throw error
    })
  if (proof !== undefined) return proof
  await commit(parts, async () => ({
    result: undefined,
    events: [makeEvent('login_failed', now(), client, about)],
  }))
  throw new RequestError('invalid_credentials', 'Bad username or password')
}

async function prove(
  passwords: Parts['passwords'],
  user: UserWithHash | undefined,
  password: string,
  turn: Turn,
): Promise<ProvenUser | undefined> {
  const { matches, outdated } = await passwords.verify(password, user?.passwordHash ?? null, turn)
  if (user === undefined || !matches || user.disabledAt !== null) return undefined
  // Where the queue is full the old hash does for now: the password was right.
  const newHash = outdated ? await passwords.hash(password, turn).catch(() => user.passwordHash) : user.passwordHash
  return { user, newHash }
}
