import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'
import proxyAddr from 'proxy-addr'

/** Where a request comes from, as far as the connection and the proxies in front reveal it. */
export type ForwardedAddress =
  | { readonly kind: 'address'; readonly address: string }
  /**
   * The address is unknown: there is no connection, or a proxy wrote something unreadable. All such requests count as
   * one client.
   */
  | { readonly kind: 'unseen'; readonly isUnreadable: boolean }

/**
 * Makes the reader of `X-Forwarded-For`. Each proxy appends the address that called it, so the list is read from its
 * end for as long as its writer is trusted. If no connection can be seen, as in Next.js or on a Unix socket, a
 * configured number of proxies is trusted. Configured networks are not, because there is no address to compare with
 * them.
 */
export function makeAddressOf(
  trustProxy: number | readonly string[],
): (peer: string | undefined, forwardedFor: string | undefined) => ForwardedAddress {
  const isCount = typeof trustProxy === 'number'
  const trusts = makeTrust(trustProxy)

  return function addressOf(peer, forwardedFor) {
    const entries = forwardedFor?.split(',').reverse() ?? []
    if (peer === undefined) {
      if (!isCount || trustProxy === 0) return unseen
      const entry = entries[trustProxy - 1]
      return entry === undefined ? unseen : originFrom(readEntry(entry))
    }
    let address = readAddress(peer)
    for (let hop = 0; hop < entries.length && address !== undefined && trusts(address, hop); hop++) {
      address = readEntry(entries[hop] as string)
    }
    return originFrom(address)
  }
}

/** Makes the check whether an address is one of our proxies. Hop 0 is the other end of the connection. */
function makeTrust(trustProxy: number | readonly string[]): (address: string, hop: number) => boolean {
  if (typeof trustProxy === 'number') return (_address, hop) => hop < trustProxy
  return proxyAddr.compile([...trustProxy] as Parameters<typeof proxyAddr.compile>[0])
}

/** Makes the check whether a request comes from one of our proxies, and not from a client that bypasses them. */
export function makeProxyCheck(trustProxy: number | readonly string[]): (peer: string | undefined) => boolean {
  const trusts = makeTrust(trustProxy)
  return function isProxy(peer) {
    if (peer === undefined) return typeof trustProxy === 'number' && trustProxy > 0
    const address = readAddress(peer)
    return address !== undefined && trusts(address, 0)
  }
}

const unseen: ForwardedAddress = { kind: 'unseen', isUnreadable: false }

/** Never the proxy's own address: everyone behind the proxy would share it, and the operator would not notice. */
function originFrom(address: string | undefined): ForwardedAddress {
  return address === undefined ? { kind: 'unseen', isUnreadable: true } : { kind: 'address', address }
}

/**
 * Reads an entry as proxies write it: an address, with a port (`203.0.113.7:1234`, as Azure does), in brackets with or
 * without a port (`[2001:db8::7]:443`), or in quotes. `undefined` for anything else, including `unknown` and `_hidden`.
 */
function readEntry(entry: string): string | undefined {
  const text = entry.trim().replace(/^"(.*)"$/, '$1')
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::\d{1,5})?$/.exec(text)
  if (bracketed !== null) return text.includes(':') ? readAddress(bracketed[1] as string) : undefined
  return readAddress(/^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text)
}

/**
 * Returns one spelling for each address. IPv4 must have four decimal parts without leading zeros, because other
 * programs read `1.2.3`, `010.0.0.1` and `0x7f.1` differently.
 */
function readAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return undefined
  return ipaddr.process(text).toString()
}
