import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import type { UserWithHash } from '../../store/users/users.ts'
import { checkPassword, type ProvenUser, prove } from './check-password.ts'
import type { PasswordParts } from './parts.ts'
import { turnOf } from './queue/hash-turn.ts'

/** The password attempt to prove. */
export interface PasswordAttempt {
  /** The unique name, or what was typed if no user can have it. */
  readonly account: string
  /** The same for the account that was found, which may have another name than the one typed: both share one count. */
  readonly accountOf?: (user: UserWithHash) => string
  readonly find: () => Promise<UserWithHash | undefined>
  readonly password: string
  readonly origin: RequestOrigin
  /** Shows that the client was logged in before. It has been checked. */
  readonly device: (user: UserWithHash | undefined) => string | null
}

/**
 * Each login may upgrade the hash once: a concurrent one that compared the old hash finds the new one at its second
 * look.
 */
const maxLooks = 4

/**
 * Proves a password, then makes a change that requires the very hash that was compared. If another request has replaced
 * the hash meanwhile, by a better hash of the same password or of another password, it is read and compared again. That
 * is part of the same attempt and is not counted again: the password was right once, so it reveals nothing to an
 * attacker.
 * @param change Returns `undefined` and changes nothing if the user has another hash by now, or may not log in.
 * @throws {RequestError} `invalid_credentials`, `rate_limited`, `overloaded`; `unavailable` if the hash keeps changing
 */
export async function withPassword<Result>(
  parts: PasswordParts,
  { account: typed, accountOf = () => typed, find, password, origin, device }: PasswordAttempt,
  change: (proof: ProvenUser) => Promise<Result | undefined>,
): Promise<Result> {
  const found = await find()
  const account = found === undefined ? typed : accountOf(found)
  const first = { account, user: found, password, origin, device: device(found) }
  let proof: ProvenUser | undefined = await checkPassword(parts, first)
  for (let looks = 1; proof !== undefined; looks++) {
    const result = await change(proof)
    if (result !== undefined) return result
    if (looks === maxLooks) throw new RequestError('unavailable', 'The account is being changed: try again')
    const user = await find()
    proof = await prove(parts.passwords, {
      user,
      password,
      decoy: parts.decoys.hashFor(account),
      turn: turnOf(origin, account),
    })
  }
  throw new RequestError('invalid_credentials', 'Bad username or password')
}
