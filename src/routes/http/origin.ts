import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { type ForwardedAddress, makeAddressOf } from './forwarded.ts'

/** Longer ones are cut: they are kept, and shown to the user in the list of sessions. */
const maxUserAgentLength = 256

const maxRequestIdLength = 64

/** What a server that speaks fetch may hand on with a request: its connection, or the address of the client. Some hand on others. */
interface Connection {
  readonly incoming?: Partial<Pick<IncomingMessage, 'socket'>>
  readonly address?: unknown
  /** As the server around us has it in its log. */
  readonly requestId?: unknown
}

/** Reads where a request comes from: its headers, and its connection as far as the server around us passes it on. */
export type OriginReader = (request: {
  readonly header: (name: string) => string | undefined
  readonly connection?: Connection
  readonly requestId?: unknown
}) => RequestOrigin

/** The other end of a connection. */
export type Peer =
  | { readonly kind: 'address'; readonly address: string }
  /** There is no connection to look at, or one that has no addresses, as on a Unix socket. */
  | { readonly kind: 'unseen' }
  /** The connection is gone, and the address of the client with it. */
  | { readonly kind: 'lost' }

/** Reads the other end of a connection. A client that resets its connection makes the system forget where it was. */
export function peerOf({ incoming, address }: Connection): Peer {
  const socket = incoming?.socket
  // Bun's server has an address of its own, which is an object.
  if (socket === undefined) return typeof address === 'string' ? { kind: 'address', address } : { kind: 'unseen' }
  const { remoteAddress, localAddress, destroyed } = socket
  if (remoteAddress !== undefined) return { kind: 'address', address: remoteAddress }
  return destroyed || localAddress !== undefined ? { kind: 'lost' } : { kind: 'unseen' }
}

/**
 * Prepares the answer to: who is asking? It has to be asked before anything is awaited.
 * @param trustProxy How many proxies stand in front, or their networks. Others may write what they like into
 *   `X-Forwarded-For`, and it is not read.
 * @param warn Called once, where a proxy that is trusted writes what cannot be read.
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
      // What was written is not repeated: a client may have written it.
      warn(
        new Error(
          'Cannot read X-Forwarded-For from a trusted proxy, or the address of a connection: these clients count as one',
        ),
      )
    }
    return found
  }
}

/** Of the server, or of `hono/request-id` before us. What a client sends as one is not looked at. */
function readRequestId(requestId: unknown): string | null {
  return typeof requestId === 'string' ? requestId.slice(0, maxRequestIdLength) : null
}

function readUserAgent(text: string | undefined): string | null {
  return text === undefined ? null : text.replace(/[^\x20-\x7e]/g, '?').slice(0, maxUserAgentLength)
}
