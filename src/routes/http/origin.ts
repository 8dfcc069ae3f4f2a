import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { type ForwardedAddress, makeAddressOf } from './forwarded.ts'

/** Longer ones are cut. They are stored, and shown to the user in the list of sessions. */
const maxUserAgentLength = 256

const maxRequestIdLength = 64

/**
 * What a server with the `fetch` interface may pass with a request: its connection, or the address of the client. Some
 * pass other things.
 */
interface Connection {
  readonly incoming?: Partial<Pick<IncomingMessage, 'socket'>>
  readonly address?: unknown
  /** The id that the surrounding server logs. */
  readonly requestId?: unknown
}

/** Reads where a request comes from: its headers, and its connection as far as the surrounding server passes it on. */
export type OriginReader = (request: {
  readonly header: (name: string) => string | undefined
  readonly connection?: Connection
  readonly requestId?: unknown
}) => RequestOrigin

/** The other end of a connection. */
export type Peer =
  | { readonly kind: 'address'; readonly address: string }
  /** There is no connection to look at, or it has no addresses, as on a Unix socket. */
  | { readonly kind: 'unseen' }
  /** The connection is gone, and with it the address of the client. */
  | { readonly kind: 'lost' }

/** Reads the other end of a connection. If a client resets its connection, the system forgets the address. */
export function peerOf({ incoming, address }: Connection): Peer {
  const socket = incoming?.socket
  // Bun's server has an `address` of its own, which is an object.
  if (socket === undefined) return typeof address === 'string' ? { kind: 'address', address } : { kind: 'unseen' }
  const { remoteAddress, localAddress, destroyed } = socket
  if (remoteAddress !== undefined) return { kind: 'address', address: remoteAddress }
  return destroyed || localAddress !== undefined ? { kind: 'lost' } : { kind: 'unseen' }
}

/**
 * Makes the reader of a request's origin. It must be called before anything is awaited.
 * @param trustProxy How many proxies are in front, or their networks. Others can write anything into `X-Forwarded-For`,
 *   so what they write is not read.
 * @param warn Called once, if a trusted proxy writes something unreadable.
 * @returns Throws {RequestError} `connection_lost`
 */
export function makeOriginReader(trustProxy: number | readonly string[], warn: (error: Error) => void): OriginReader {
  const addressOf = warningOnce(makeAddressOf(trustProxy), warn)
  return function readOrigin({ header, connection = {}, requestId }) {
    const peer = peerOf(connection)
    // Nothing is hashed, counted or written for a client that cannot be counted as itself.
    if (peer.kind === 'lost') throw new RequestError('connection_lost', 'The connection was closed')
    const seen = peer.kind === 'address' ? peer.address : undefined
    const found = addressOf(seen, header('x-forwarded-for'))
    const address = found.kind === 'address' ? found.address : null
    const userAgent = readUserAgent(header('user-agent'))
    return { address, userAgent, requestId: readRequestId(requestId), actor: null }
  }
}

/** The same for requests to the routes. */
export function makeOriginOf(readOrigin: OriginReader): (c: Context) => RequestOrigin {
  return function originOf(c) {
    const connection = (c.env ?? {}) as Connection
    const requestId = connection.requestId ?? c.get('requestId')
    return readOrigin({ header: (name) => c.req.header(name), connection, requestId })
  }
}

type AddressOf = ReturnType<typeof makeAddressOf>

function warningOnce(addressOf: AddressOf, warn: (error: Error) => void): AddressOf {
  let isWarned = false
  return function warningAddressOf(peer, forwardedFor): ForwardedAddress {
    const found = addressOf(peer, forwardedFor)
    if (found.kind === 'unseen' && found.isUnreadable && !isWarned) {
      isWarned = true
      // The entry is not repeated, because a client may have written it.
      warn(
        new Error(
          'Cannot read X-Forwarded-For from a trusted proxy, or the address of a connection: these clients count as one',
        ),
      )
    }
    return found
  }
}

/** The id is the server's, or that of a preceding `hono/request-id`. A request id that the client sends is ignored. */
function readRequestId(requestId: unknown): string | null {
  return typeof requestId === 'string' ? requestId.slice(0, maxRequestIdLength) : null
}

function readUserAgent(text: string | undefined): string | null {
  return text === undefined ? null : text.replace(/[^\x20-\x7e]/g, '?').slice(0, maxUserAgentLength)
}
