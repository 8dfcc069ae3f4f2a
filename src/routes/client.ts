import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import ipaddr from 'ipaddr.js'
import proxyAddr from 'proxy-addr'
import type { Client } from '../accounts/parts.ts'

/** Longer ones are cut: they are kept, and shown to the user in the list of sessions. */
const maxUserAgentLength = 256

/** What a server that speaks fetch may hand on beside a request: its connection, or the address of whoever is there. */
interface Connection {
  readonly incoming?: IncomingMessage
  readonly address?: string
}

/**
 * Prepares the answer to: who is asking?
 * @param trustProxy How many proxies stand in front, or their networks. Others may write what they like into
 *   `X-Forwarded-For`, and it is not read.
 */
export function makeClientOf(trustProxy: number | readonly string[]): (c: Context) => Client {
  const addressOf = makeAddressOf(trustProxy)
  return function clientOf(c) {
    const { incoming, address } = (c.env ?? {}) as Connection
    const peer = incoming?.socket.remoteAddress ?? address
    return { address: addressOf(peer, c.req.header('x-forwarded-for')), userAgent: userAgentOf(c) }
  }
}

/**
 * The address that a request comes from; `null` where it cannot be told. Where no connection can be seen, as in Next.js or
 * on a Unix socket, it is what the last proxy but so many was told, if that many are promised.
 */
export function makeAddressOf(
  trustProxy: number | readonly string[],
): (peer: string | undefined, forwardedFor: string | undefined) => string | null {
  const isCount = typeof trustProxy === 'number'
  const trusts = isCount ? (_address: string, hop: number) => hop < trustProxy : proxyAddr.compile([...trustProxy])
  return function addressOf(peer, forwardedFor) {
    if (peer === undefined) {
      const told = isCount && trustProxy > 0 ? forwardedFor?.split(',').at(-trustProxy) : undefined
      return canonical(told?.trim() ?? '')
    }
    const request = { headers: { 'x-forwarded-for': forwardedFor }, socket: { remoteAddress: peer } }
    return canonical(proxyAddr(request as unknown as IncomingMessage, trusts)) ?? canonical(peer)
  }
}

/** One spelling for each address; what a proxy could not tell is none. */
function canonical(address: string): string | null {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : null
}

function userAgentOf(c: Context): string | null {
  const text = c.req.header('user-agent')
  return text === undefined ? null : text.replace(/[^\x20-\x7e]/g, '?').slice(0, maxUserAgentLength)
}
