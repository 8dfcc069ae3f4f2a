import ipaddr from 'ipaddr.js'
import proxyAddr from 'proxy-addr'

/** Where a request comes from, as far as the connection and the proxies in front can say. */
export type ForwardedAddress =
  | { readonly kind: 'address'; readonly address: string }
  /** There is nothing to see: no connection, or a proxy whose words cannot be read. All such requests count as one client. */
  | { readonly kind: 'unseen'; readonly isUnreadable: boolean }

/**
 * Prepares the reading of `X-Forwarded-For`. Each proxy appends the address that it was called from, so the list is read from
 * its end, for as long as the one who wrote is trusted. Where no connection can be seen, as in Next.js or on a Unix
 * socket, a promised number of proxies is believed, and networks are not: there is no address to compare with them.
 */
export function makeAddressOf(
  trustProxy: number | readonly string[],
): (peer: string | undefined, forwardedFor: string | undefined) => ForwardedAddress {
  const isCount = typeof trustProxy === 'number'
  const trusts = makeTrust(trustProxy)

  return function addressOf(peer, forwardedFor) {
    const told = forwardedFor?.split(',').reverse() ?? []
    if (peer === undefined) {
      if (!isCount || trustProxy === 0) return unseen
      const entry = told[trustProxy - 1]
      return entry === undefined ? unseen : originFrom(readEntry(entry))
    }
    let address = readAddress(peer)
    for (let hop = 0; hop < told.length && address !== undefined && trusts(address, hop); hop++) {
      address = readEntry(told[hop] as string)
    }
    return originFrom(address)
  }
}

/** Prepares the answer to: is this one of our proxies? The first hop is the other end of the connection. */
function makeTrust(trustProxy: number | readonly string[]): (address: string, hop: number) => boolean {
  if (typeof trustProxy === 'number') return (_address, hop) => hop < trustProxy
  return proxyAddr.compile([...trustProxy] as Parameters<typeof proxyAddr.compile>[0])
}

/** Prepares the answer to: does a request come from a proxy of ours, and not from a stranger past it? */
export function makeProxyCheck(trustProxy: number | readonly string[]): (peer: string | undefined) => boolean {
  const trusts = makeTrust(trustProxy)
  return function isProxy(peer) {
    if (peer === undefined) return typeof trustProxy === 'number' && trustProxy > 0
    const address = readAddress(peer)
    return address !== undefined && trusts(address, 0)
  }
}

const unseen: ForwardedAddress = { kind: 'unseen', isUnreadable: false }

/** Not the proxy's own address: everyone behind it would share that, and the operator would not notice. */
function originFrom(address: string | undefined): ForwardedAddress {
  return address === undefined ? { kind: 'unseen', isUnreadable: true } : { kind: 'address', address }
}

/**
 * An entry as proxies write it: an address, with a port (`203.0.113.7:1234`, as Azure does), in brackets with or without one
 * (`[2001:db8::7]:443`), or in quotes. `undefined` for anything else, `unknown` and `_hidden` included.
 */
function readEntry(entry: string): string | undefined {
  const text = entry.trim().replace(/^"(.*)"$/, '$1')
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::\d{1,5})?$/.exec(text)
  if (bracketed !== null) return text.includes(':') ? readAddress(bracketed[1] as string) : undefined
  return readAddress(/^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text)
}

/**
 * One spelling for each address. IPv4 has four decimal parts without leading zeros: `1.2.3`, `010.0.0.1` and `0x7f.1` are
 * other addresses for other programs.
 */
function readAddress(text: string): string | undefined {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !(text.includes(':') && ipaddr.IPv6.isValid(text))) return undefined
  return ipaddr.process(text).toString()
}
