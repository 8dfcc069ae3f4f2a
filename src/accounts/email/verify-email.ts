import type { RequestOrigin } from '../../core/events.ts'
import type { EmailParts } from './parts.ts'
import { commitUse, findPresented, type Presented } from './presented-secret.ts'
import { claimAddress, takeFromMailbox } from './proven-address.ts'

const purpose = 'verify_email'

/**
 * Verifies the address of the account that the link or code was mailed for. Other accounts that have it lose it, unless
 * one of them has verified it first. It does not log in: the account keeps its password, which the reader of the mail
 * does not learn.
 * @throws {RequestError} `code_invalid`, `rate_limited`
 */
export async function verifyEmail(parts: EmailParts, presented: Presented, origin: RequestOrigin): Promise<void> {
  const secret = await findPresented(parts, purpose, presented, origin)
  await commitUse(parts, { purpose, origin }, async (trx) => {
    const holders = await takeFromMailbox(trx, secret, parts)
    const events = holders && (await claimAddress(trx, holders, { address: secret.address ?? '', origin }))
    return events && { result: undefined, events }
  })
}
