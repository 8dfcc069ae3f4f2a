import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import type { UserWithHash } from '../../store/users/users.ts'
import { checkPassword, type ProvenUser, prove } from './check-password.ts'
import type { PasswordParts } from './parts.ts'
import { turnOf } from './queue/hash-turn.ts'

/** Whose password is to be proven. */
export interface PasswordAttempt {
  /** The name as it is unique, or whatever was typed if no user can have it. */
  readonly account: string
  /** The same for the account that was found, which may have another name than the typed one: both share one count. */
  readonly accountOf?: (user: UserWithHash) => string
  readonly find: () => Promise<UserWithHash | undefined>
  readonly password: string
  readonly origin: RequestOrigin
  /** What shows that the client was logged in before, once that was checked. */
  readonly device: (user: UserWithHash | undefined) => string | null
}

/** Each login may upgrade the hash, once: another that compared with the old one finds the new one at the second look. */
const maxLooks = 4

/**
 * Proves a password, then makes a change that is only made under the very hash that was compared. Another request may have
 * replaced it meanwhile, with a better hash of the same password or with another password: then it is read and compared
 * again. That is the same attempt, and not counted again: it was right once, so it reveals nothing to an attacker.
 * @param change Answers `undefined`, and has changed nothing, where the user has another hash by now, or may not log in.
 * @throws {RequestError} `invalid_credentials`, `rate_limited`, `overloaded`; `unavailable` where the hash never stays
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
