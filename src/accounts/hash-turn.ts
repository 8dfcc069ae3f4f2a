import ipaddr from 'ipaddr.js'
import type { Turn } from './fair-queue.ts'
import type { Client } from './parts.ts'

/** The operator's own work, which no client's keeps waiting. */
export const operatorsTurn: Turn = ['operator']

/**
 * Whom a hash is made for. Networks share the queue, so that one with thousands of addresses waits as one; within each, its
 * addresses do; and behind one address, its accounts do.
 * @param account The account as it is unique, or what the client says it is.
 */
export function turnOf({ address }: Pick<Client, 'address'>, account: string): Turn {
  const [widest, ...narrower] = networksOf(address)
  return [`client ${widest}`, ...narrower, `account ${account}`]
}

/** Clients that cannot be told apart wait as one. */
function networksOf(address: string | null): readonly [string, ...string[]] {
  if (address === null || !ipaddr.isValid(address)) return ['unseen']
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return [parsed.toString()]
  const network = (bits: number) => {
    return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${bits}`)}/${bits}`
  }
  // A customer has one /64, or all those of a /48.
  return [network(48), network(64)]
}
