import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/** Limits how long a connection can be held by sending slowly, or nothing. */
export const connectionLimits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
} as const

const mostConnections = 20_000

/** Limits the connections of a server, and the unanswered requests of each. */
export function boundConnections(server: Server, most: number = mostConnections): void {
  server.maxConnections = most
  server.on('connection', keepPeer)
  server.prependListener('request', boundPipeline)
  // At the limit, idle connections are closed, so that a client that hoards them does not keep others out.
  server.on('drop', () => server.closeIdleConnections())
}

/**
 * Node caches a client's address when it is first read. After a reset the system no longer knows it, and the client
 * could not be counted. A connection that was reset before it was accepted is closed.
 */
function keepPeer(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy()
}

/** The maximum number of unanswered requests on a connection (RFC 9112 section 9.3.2). */
const mostInPipeline = 32
const underWay = new WeakMap<Socket, number>()

/** Node starts every pipelined request as it arrives, so a single connection could fill the memory. */
function boundPipeline({ socket }: IncomingMessage, outgoing: ServerResponse): void {
  const count = (underWay.get(socket) ?? 0) + 1
  underWay.set(socket, count)
  if (count > mostInPipeline) socket.destroy()
  outgoing.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1))
}

const drainMilliseconds = 10_000
/** After this time, every connection in use has had an answer that tells the client to close it. */
const turnoverMilliseconds = 3_000
const stepMilliseconds = 100

/** The maximum duration of `drain`. */
export const drainSeconds: number = drainMilliseconds / 1000

/**
 * Accepts no more connections, and resolves when all have ended. Answers tell clients to close theirs. Idle connections
 * are kept for a while before they are closed: a client may be sending a request at that very moment, which becomes
 * less likely the longer a connection is idle.
 * @param toldSeconds How long answers have already told clients to close.
 */
export async function drain(server: Server, toldSeconds: number): Promise<void> {
  await takeWaiting(server)
  let isEnded = false
  // `close()` of `node:http` would close idle connections at once.
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
 * Accepts the connections that the system has already established, one per turn of the event loop. Closing the port
 * would reset them, together with the requests sent on them.
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
