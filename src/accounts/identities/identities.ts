import type { Database } from '../../store/engine/database.ts'
import { type Identity, listIdentities } from '../../store/identities.ts'

/** The accounts at other providers that are linked to a user, the oldest first. */
export function identitiesOf(
  { database }: { readonly database: Pick<Database, 'sql'> },
  userId: string,
): Promise<readonly Identity[]> {
  return listIdentities(database.sql, userId)
}
