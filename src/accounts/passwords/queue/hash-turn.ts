import type { RequestOrigin } from '../../../core/events.ts'
import type { Turn } from '../../../core/queue/line.ts'
import { networksOf, widestOf } from '../limits/networks.ts'

/** The operator's own work, which no client's keeps waiting. */
export const operatorsTurn: Turn = ['operator']

/**
 * Whom a hash is made for. Networks share the queue, so that one with thousands of addresses waits as one; within each, its
 * narrower ones do; and behind one address, its accounts do. Clients that cannot be seen wait as one.
 * @param account The account as it is unique, or what the client says it is.
 */
export function turnOf({ address }: Pick<RequestOrigin, 'address'>, account: string): Turn {
  const networks = networksOf(address)
  const narrower = networks.slice(0, -1).map(({ name }) => name)
  return [`client ${widestOf(networks)}`, ...narrower.toReversed(), `account ${account}`]
}
