import type { Selectable } from 'kysely'
import type { Sql } from './engine/database.ts'
import type { ClientRow } from './tables.ts'

/** A service that may ask about tokens: a confidential client (RFC 6749 section 2.1). */
export interface RegisteredClient {
  /** UUIDv7. */
  readonly id: string
  readonly name: string
  readonly createdAt: Date
}

/** @returns `false` where there is one of this name. */
export async function insertClient(sql: Sql, client: RegisteredClient & { secretHash: string }): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await sql
    .insertInto('hallpass_clients')
    .values({
      id: client.id,
      name: client.name,
      secret_hash: client.secretHash,
      created_at: client.createdAt.getTime(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

export async function findClient(
  sql: Sql,
  id: string,
): Promise<(RegisteredClient & { readonly secretHash: string }) | undefined> {
  const row = await sql.selectFrom('hallpass_clients').selectAll().where('id', '=', id).executeTakeFirst()
  return row && { ...toClient(row), secretHash: row.secret_hash }
}

/** In the order in which they were added. */
export async function listClients(sql: Sql): Promise<RegisteredClient[]> {
  const rows = await sql.selectFrom('hallpass_clients').selectAll().orderBy('id').execute()
  return rows.map(toClient)
}

export async function deleteClient(sql: Sql, id: string): Promise<RegisteredClient | undefined> {
  const row = await sql.deleteFrom('hallpass_clients').where('id', '=', id).returningAll().executeTakeFirst()
  return row && toClient(row)
}

function toClient({ id, name, created_at }: Selectable<ClientRow>): RegisteredClient {
  return { id, name, createdAt: new Date(Number(created_at)) }
}
