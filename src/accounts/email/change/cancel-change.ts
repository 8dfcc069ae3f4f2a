import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { deleteSecretOf, takeSecretById } from '../../../store/one-time/one-time-secrets.ts'
import { lockUser } from '../../../store/sessions/session-batches.ts'
import type { EmailParts } from '../parts.ts'
import { commitUse, findPresented, refuse } from '../presented-secret.ts'

const purpose = 'cancel_email_change'

/**
 * Cancels a change of address that was not confirmed yet, for the link that was mailed to the address in use.
 * @throws {RequestError} `code_invalid`
 */
export async function cancelEmailChange(parts: EmailParts, token: string, origin: RequestOrigin): Promise<void> {
  const secret = await findPresented(parts, purpose, { token }, origin)
  const { userId } = secret
  if (userId === null) throw refuse(parts, purpose, origin)
  await commitUse(parts, { purpose, origin }, async (trx) => {
    const at = parts.now()
    await lockUser(trx, userId)
    if (!(await takeSecretById(trx, secret, at))) return undefined
    if (!(await deleteSecretOf(trx, { purpose: 'change_email', owner: userId }, at))) return undefined
    return { result: undefined, events: [makeEvent('email_change_cancelled', at, origin, { userId })] }
  })
}
