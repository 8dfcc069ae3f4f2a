import type { Accounts } from '../../../accounts/accounts.ts'
import type { User } from '../../../store/users/users.ts'
import { Failure } from '../../failure.ts'

/** @throws {Failure} if no one is called so, or two users are: an id that was imported may be the name of another */
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
