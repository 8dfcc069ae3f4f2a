import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/** No connection is kept for longer by sending slowly, or nothing. */
export const connectionLimits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
} as const

const mostConnections = 20_000

/** Bounds what clients can hold of a server: connections, and requests in each. */
export function boundConnections(server: Server, most: number = mostConnections): void {
  server.maxConnections = most
  server.on('connection', keepPeer)
  server.prependListener('request', boundPipeline)
  // A client that keeps idle connections until there are no more keeps no others out.
  server.on('drop', () => server.closeIdleConnections())
}

/**
 * Node keeps the address of a client from the first time that it is asked, and after a reset the system does not know it any
 * more: a client would be counted as nowhere. A connection that was reset before it was accepted is closed.
 */
function keepPeer(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy()
}

/** Requests that a connection may send before the first of them is answered (RFC 9112 section 9.3.2). */
const mostInPipeline = 32
const underWay = new WeakMap<Socket, number>()

/** Node begins every request that arrives, however many: one connection would fill the memory. */
function boundPipeline({ socket }: IncomingMessage, outgoing: ServerResponse): void {
  const count = (underWay.get(socket) ?? 0) + 1
  underWay.set(socket, count)
  if (count > mostInPipeline) socket.destroy()
  outgoing.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1))
}

const drainMilliseconds = 10_000
/** Within this a connection that is in use has had an answer that closes it. */
const turnoverMilliseconds = 3_000
const stepMilliseconds = 100

/** The longest that `drain` takes. */
export const drainSeconds: number = drainMilliseconds / 1000

/**
 * Takes no more connections, and ends when every connection has. Answers say that they close theirs. An idle one is left for
 * a moment, and then closed: its client may be sending a request on it right now, which happens less the longer it is idle.
 * @param toldSeconds For how long answers have said so already.
 */
export async function drain(server: Server, toldSeconds: number): Promise<void> {
  await takeWaiting(server)
  let isEnded = false
  // http's own close() closes the idle ones at once.
  NetServer.prototype.close.call(server, () => {
    isEnded = true
  })
  const began = performance.now()
  for (let waited = 0; !isEnded && waited < drainMilliseconds; waited = performance.now() - began) {
    if (toldSeconds * 1000 + waited >= turnoverMilliseconds) server.closeIdleConnections()
    await sleep(stepMilliseconds)
  }
  server.closeAllConnections()
  server.close()
}

const quietTurns = 10
const mostTurns = 1_000

/**
 * Takes in the connections that the system has made already, one at each turn of the event loop: to close the port resets
 * them, with the requests that were sent on them.
 */
async function takeWaiting(server: Server): Promise<void> {
  let taken = 0
  const count = () => {
    taken++
  }
  server.on('connection', count)
  for (let turns = 0, quiet = 0; turns < mostTurns && quiet < quietTurns; turns++) {
    const before = taken
    await nextTurn()
    quiet = taken === before ? quiet + 1 : 0
  }
  server.off('connection', count)
}
