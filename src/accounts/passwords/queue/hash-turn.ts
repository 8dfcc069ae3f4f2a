import type { RequestOrigin } from '../../../core/events.ts'
import type { Turn } from '../../../core/queue/line.ts'
import { networksOf, widestOf } from '../limits/networks.ts'

/** The operator's own work, which never waits for that of clients. */
export const operatorsTurn: Turn = ['operator']

/**
 * The client that a hash is made for. Networks share the queue, so that one with thousands of addresses waits as one
 * client; within a network its narrower networks take turns, and behind one address its accounts. Clients of unknown
 * address wait as one.
 * @param account The unique name of the account, or what the client claims it is. Absent in queues that know none.
 */
export function turnOf({ address }: Pick<RequestOrigin, 'address'>, account?: string): Turn {
  const networks = networksOf(address)
  const narrower = networks.slice(0, -1).map(({ name }) => name)
  const accounts = account === undefined ? [] : [`account ${account}`]
  return [`client ${widestOf(networks)}`, ...narrower.toReversed(), ...accounts]
}
