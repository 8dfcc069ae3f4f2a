import { randomBytes, timingSafeEqual } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import { type ChangeParts, commit } from '../../core/change.ts'
import { makeEvent } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { composeToken, hashOfToken } from '../../secrets/opaque-token.ts'
import { deleteClient, findClient, insertClient, listClients, type RegisteredClient } from '../../store/clients.ts'
import { isUuid } from '../../store/engine/ids.ts'

/** The services that may ask about tokens and follow the revocations. */
export class Clients {
  readonly #parts: ChangeParts

  constructor(parts: ChangeParts) {
    this.#parts = parts
  }

  /**
   * @returns The client with its secret, which is shown only this once.
   * @throws {RequestError} `invalid_request`, also if the name is in use
   */
  async add(name: string): Promise<RegisteredClient & { readonly secret: string }> {
    if (typeof name !== 'string' || !/^[\w .:-]{1,64}$/.test(name))
      throw unfit('A name must have 1 to 64 characters: letters, digits, spaces and . : - _')
    const secret = composeToken('hp_cs_', randomBytes(33))
    const { now, operator } = this.#parts
    return commit(this.#parts, async (trx) => {
      const createdAt = now()
      const client = { id: uuidv7(), name, createdAt }
      if (!(await insertClient(trx, { ...client, secretHash: hashOfToken(secret, 'base64url') })))
        throw unfit('This name is already in use')
      return { result: { ...client, secret }, events: [makeEvent('client_added', createdAt, operator, about(client))] }
    })
  }

  list(): Promise<RegisteredClient[]> {
    return listClients(this.#parts.database.sql)
  }

  /** Revokes its access at once. @returns `undefined` if there is no such client. */
  async remove(id: string): Promise<RegisteredClient | undefined> {
    if (!isUuid(id)) return undefined
    const { now, operator } = this.#parts
    return commit(this.#parts, async (trx) => {
      const client = await deleteClient(trx, id)
      const events = client === undefined ? [] : [makeEvent('client_removed', now(), operator, about(client))]
      return { result: client, events }
    })
  }
}

/** @throws {RequestError} `invalid_client` */
export async function checkClient(
  { database }: Pick<ChangeParts, 'database'>,
  { id, secret }: { readonly id: string; readonly secret: string },
): Promise<RegisteredClient> {
  const client = isUuid(id) ? await findClient(database.sql, id) : undefined
  const given = Buffer.from(hashOfToken(secret, 'base64url'))
  if (client === undefined || !timingSafeEqual(Buffer.from(client.secretHash), given)) {
    throw new RequestError('invalid_client', 'The client is not registered, or its secret is wrong')
  }
  return client
}

function about({ id, name }: RegisteredClient) {
  return { details: { client_id: id, name } }
}

function unfit(msg: string): RequestError {
  return new RequestError('invalid_request', msg, { members: [{ member: 'name', msg }] })
}
