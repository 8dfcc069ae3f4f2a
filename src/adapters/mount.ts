import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { completeRequest, linesOf, setRawHeaders } from './request/made-request.ts'

/** What `createAuth` returns, as far as a mount of its routes needs it. */
export interface Mountable {
  readonly handlerAt: (path: string) => (request: Request, env?: unknown) => Response | Promise<Response>
}

/** A function that `node:http` calls, and what is built on it. */
export type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/**
 * The routes of `createAuth` at a path, for frameworks on `node:http`, before a body parser or behind one. What the application
 * did before counts.
 */
export function mountListener(auth: Mountable, path: string): Listener {
  const handle = auth.handlerAt(path)
  const listenerFor = (autoCleanupIncoming: boolean) =>
    getRequestListener(
      async (request, env) => {
        const response = await handle(request, env)
        const cookies = [env.outgoing.getHeader('set-cookie') ?? []].flat()
        for (const cookie of cookies) response.headers.append('set-cookie', String(cookie))
        return response
      },
      { hostname: 'localhost', overrideGlobalObjects: false, autoCleanupIncoming },
    )
  const [listener, listenerWithoutStream] = [listenerFor(true), listenerFor(false)]
  return function handleAuth(incoming, outgoing) {
    // Node keeps it from the first time that it is asked: after a reset the system does not know it any more.
    void incoming.socket?.remoteAddress
    const isStream = completeRequest(incoming)
    rewriteCredentials(incoming)
    void (isStream ? listener : listenerWithoutStream)(incoming, outgoing)
  }
}

/** The listener reads the lines as they came: credentials that a middleware took away or put in are changed there. */
function rewriteCredentials(incoming: IncomingMessage): void {
  for (const name of ['authorization', 'cookie']) {
    const value = incoming.headers[name]
    const lines = linesOf(incoming.rawHeaders, name)
    if (value === (name === 'cookie' && lines.length > 1 ? lines.join('; ') : lines[0])) continue
    const others = incoming.rawHeaders.filter((_, i, all) => all[i - (i % 2)]?.toLowerCase() !== name)
    setRawHeaders(incoming, typeof value === 'string' ? [...others, name, value] : others)
  }
}
