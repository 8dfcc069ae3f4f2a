import { connect, createServer, type Socket } from 'node:net'

/** A network between a node and a server, which can fail. */
export interface TestNetwork {
  readonly port: number
  /** Closes every connection and refuses new ones. */
  cut(): void
  /** Accepts everything and forwards nothing, like a network that loses every packet. */
  hold(): void
  /** Forwards everything with a delay of this many milliseconds. */
  delay(milliseconds: number): void
  /** Forwards everything again, including what was held. */
  heal(): void
  close(): void
}

/** Starts a network that forwards to a port of 127.0.0.1. */
export async function startNetwork(targetPort: number): Promise<TestNetwork> {
  let state: 'open' | 'cut' | 'held' = 'open'
  let lateness = 0
  const sockets = new Set<Socket>()
  let held: (() => void)[] = []

  function pass(from: Socket, to: Socket): void {
    sockets.add(from)
    from.on('data', (chunk) => {
      const send = () => {
        if (!to.destroyed) to.write(chunk)
      }
      if (state === 'held') held.push(send)
      else if (lateness > 0) setTimeout(send, lateness).unref()
      else send()
    })
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      if (state !== 'held') to.destroy()
    })
  }
  const server = createServer((socket) => {
    if (state === 'cut') return socket.destroy()
    const target = connect(targetPort, '127.0.0.1')
    pass(socket, target)
    pass(target, socket)
    return undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    cut() {
      state = 'cut'
      for (const socket of sockets) socket.destroy()
    },
    hold() {
      state = 'held'
    },
    delay(milliseconds) {
      lateness = milliseconds
    },
    heal() {
      state = 'open'
      lateness = 0
      for (const send of held) send()
      held = []
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
