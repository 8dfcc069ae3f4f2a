import type { Sql } from './database.ts'

/** An account at another provider, as another system had it linked. */
export interface NewIdentity {
  readonly id: string
  readonly provider: string
  readonly issuer: string
  readonly subject: string
  readonly email: string | null
}

/** An authenticator app that was set up elsewhere. */
export interface NewApp {
  readonly id: string
  readonly name: string
  readonly sealed: { readonly sealed: string; readonly sealedUnder: string }
}

/** The id and the normal name of the user whom an identity is linked to. */
export async function findOwner(
  sql: Sql,
  { issuer, subject }: Pick<NewIdentity, 'issuer' | 'subject'>,
): Promise<{ readonly id: string; readonly name: string } | undefined> {
  return sql
    .selectFrom('hallpass_identities')
    .innerJoin('hallpass_users', 'hallpass_users.id', 'hallpass_identities.user_id')
    .select(['hallpass_users.id', 'username_normal as name'])
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst()
}

/** Links what a new user brings. None of it was used here yet. */
export async function insertWays(
  trx: Sql,
  userId: string,
  { identities, apps }: { readonly identities: readonly NewIdentity[]; readonly apps: readonly NewApp[] },
  now: Date,
): Promise<void> {
  const time = now.getTime()
  const links = identities.map((identity) => ({ ...identity, user_id: userId, email_verified: 0, created_at: time }))
  if (links.length > 0) await trx.insertInto('hallpass_identities').values(links).execute()
  const rows = apps.map(({ id, name, sealed: { sealed, sealedUnder } }) => ({
    id,
    user_id: userId,
    name,
    sealed,
    sealed_under: sealedUnder,
    created_at: time,
    confirmed_at: time,
  }))
  if (rows.length > 0) await trx.insertInto('hallpass_totp').values(rows).execute()
}
