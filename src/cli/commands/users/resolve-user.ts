import type { Accounts } from '../../../accounts/accounts.ts'
import type { User } from '../../../store/users/users.ts'
import { Failure } from '../../failure.ts'

/**
 * @throws {Failure} if there is no such user, or if there are two: an imported id may be the username of another user
 */
export async function resolveUser({ users }: Pick<Accounts, 'users'>, nameOrId: string): Promise<User> {
  const [byId, byName] = await Promise.all([users.find(nameOrId), users.findByUsername(nameOrId)])
  if (byId !== undefined && byName !== undefined && byId.id !== byName.id) {
    throw new Failure(
      `${nameOrId} is the id of ${byId.username} and the username of ${byName.id}: use the other name of the user you mean`,
    )
  }
  const user = byId ?? byName
  if (user === undefined) throw new Failure(`No such user: ${nameOrId}`)
  return user
}
