import { randomBytes } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { assignSecret, type OneTimeSecret } from '../../../store/one-time/one-time-secrets.ts'
import { lockHolders } from '../../../store/users/addresses.ts'
import { insertUser } from '../../../store/users/users.ts'
import { readUsername } from '../../users/names.ts'
import type { EmailParts } from '../parts.ts'
import { commitUse, refuse } from '../presented-secret.ts'
import { takeFromOthers } from '../proven-address.ts'

const purpose = 'sign_in'

/**
 * Creates an account without a password for the owner of a mailbox, if registration is open. The secret becomes that of
 * the account, and is used up by the login that follows: if the application fails in between, it can be presented again.
 * @returns The id of the account.
 * @throws {RequestError} `code_invalid`, `rate_limited`
 */
export async function createAccount(parts: EmailParts, secret: OneTimeSecret, origin: RequestOrigin): Promise<string> {
  if (parts.registration === 'closed') throw refuse(parts, purpose, origin)
  await parts.limits.beginRegistration(origin.address)
  const address = secret.address ?? ''
  const id = uuidv7()
  return commitUse(parts, { purpose, origin }, async (trx) => {
    const others = await lockHolders(trx, address)
    const now = parts.now()
    const user = await insertUser(trx, {
      id,
      username: readUsername(usernameFor(address)),
      email: { shown: address, normal: address },
      emailVerifiedAt: now,
      passwordHash: null,
      roles: [],
      disabled: false,
      now,
    })
    if (typeof user === 'string' || !(await assignSecret(trx, secret, id, now))) return undefined
    const events = await takeFromOthers(trx, { others, address, userId: id }, { at: now, origin })
    if (events === undefined) return undefined
    const about = { userId: id, details: { by: 'email' } }
    return { result: id, events: [...events, makeEvent('user_registered', now, origin, about)] }
  })
}

const nameLength = 40
/** 40 bits: names do not collide, and the next one cannot be registered in advance. */
const suffixBytes = 5

/**
 * A name that is not taken. The part before the `@` may be someone's already, and the user can change the name later.
 */
export function usernameFor(address: string): string {
  return `${address.replace(/@.*$/s, '').slice(0, nameLength)}-${randomBytes(suffixBytes).toString('hex')}`
}
