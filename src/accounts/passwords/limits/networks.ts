import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Addresses that count as one client. */
export interface Network {
  readonly name: string
  /** How many times the limit of one address it may use: more people are behind a wider network. */
  readonly share: number
}

/** The networks that an address belongs to, narrowest first. There is always one, so nothing goes uncounted. */
export type Networks = readonly [narrowest: Network, ...wider: Network[]]

/** Clients whose address is unknown. They share one bucket. */
const unseen: Network = { name: 'unseen', share: 1 }

/**
 * An IPv6 customer has a /64, a /56 or a /48, and may use a new address, or a new /64, for each request. So all three
 * are counted. The wider ones have higher limits, because some providers put unrelated customers into them.
 */
const widths: readonly { readonly bits: number; readonly share: number }[] = [
  { bits: 64, share: 1 },
  { bits: 56, share: 2 },
  { bits: 48, share: 2.5 },
]

/** Every possible share. */
export const shares: readonly number[] = widths.map(({ share }) => share)

/** @param address `null` if it is unknown. */
export function networksOf(address: string | null): Networks {
  if (address === null) return [unseen]
  if (isIPv4(address)) return [{ name: address, share: 1 }]
  if (!ipaddr.isValid(address)) return [unseen]
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return [{ name: parsed.toString(), share: 1 }]
  const bytes = parsed.toByteArray()
  const inside = ipv4Inside(bytes)
  if (inside !== undefined) return [{ name: inside, share: 1 }]
  return widths.map(({ bits, share }) => ({ name: prefixOf(bytes, bits), share })) as [Network, ...Network[]]
}

/**
 * The network that has one place in a queue: a client that can choose among the addresses of a network gets one place
 * with all of them.
 */
export function widestOf(networks: Networks): string {
  return (networks.at(-1) as Network).name
}

/** Whether two addresses belong to one household or machine. An unknown address never does. */
export function isSamePlace(networks: Networks, address: string): boolean {
  return networks[0] !== unseen && networksOf(address)[0].name === networks[0].name
}

/** The IPv4 address that NAT64 (64:ff9b::/96, RFC 6052) or 6to4 (2002::/16, RFC 3056) puts into an IPv6 address. */
function ipv4Inside(bytes: readonly number[]): string | undefined {
  const startsWith = (prefix: readonly number[]) => prefix.every((byte, index) => bytes[index] === byte)
  if (startsWith([0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0])) return bytes.slice(12).join('.')
  if (startsWith([0x20, 0x02])) return bytes.slice(2, 6).join('.')
  return undefined
}

function prefixOf(bytes: readonly number[], bits: number): string {
  return `${Buffer.from(bytes.slice(0, bits / 8)).toString('hex')}/${bits}`
}
