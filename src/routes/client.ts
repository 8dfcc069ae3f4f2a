import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import ipaddr from 'ipaddr.js'
import proxyAddr from 'proxy-addr'
import type { Client } from '../accounts/parts.ts'

/** Longer ones are cut: they are kept, and shown to the user in the list of sessions. */
const maxUserAgentLength = 256

/**
 * Prepares the answer to: who is asking?
 * @param trustProxy How many proxies stand in front, or their networks. Others may write what they like into
 *   `X-Forwarded-For`, and it is not read.
 */
export function makeClientOf(trustProxy: number | readonly string[]): (c: Context) => Client {
  const addressOf = makeAddressOf(trustProxy)
  return function clientOf(c) {
    const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage }
    const address = incoming === undefined ? addressBehind(c, trustProxy) : addressOf(incoming)
    return { address, userAgent: userAgentOf(c) }
  }
}

/** Where no connection can be seen, as in Next.js: what the last proxy but so many was told, if that many are promised. */
function addressBehind(c: Context, trustProxy: number | readonly string[]): string | null {
  if (typeof trustProxy !== 'number' || trustProxy === 0) return null
  const forwarded = c.req.header('x-forwarded-for')?.split(',') ?? []
  return canonical(forwarded.at(-trustProxy)?.trim() ?? '')
}

/** The address that a request of `node:http` comes from; `null` where it cannot be told. */
export function makeAddressOf(trustProxy: number | readonly string[]): (incoming: IncomingMessage) => string | null {
  const trusts =
    typeof trustProxy === 'number'
      ? (_address: string, hop: number) => hop < trustProxy
      : proxyAddr.compile([...trustProxy])
  return function addressOf(incoming) {
    // Closed while it was waiting: there is nobody to answer either.
    if (incoming.socket.remoteAddress === undefined) return null
    return canonical(proxyAddr(incoming, trusts)) ?? canonical(incoming.socket.remoteAddress)
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
