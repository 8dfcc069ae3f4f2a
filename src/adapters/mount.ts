import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { requireAuth } from './arguments.ts'
import { completeRequest, linesOf, setRawHeaders } from './request/made-request.ts'

/** The part of `createAuth`'s result that mounting its routes needs. */
export interface Mountable {
  readonly handlerAt: (path: string) => (request: Request, env?: unknown) => Response | Promise<Response>
}

/** A request listener of `node:http`, or of a framework built on it. */
export type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/**
 * The routes of `createAuth` at a path, for frameworks on `node:http`, before or after a body parser. Headers that the
 * application has changed before are respected.
 */
export function mountListener(auth: Mountable, path: string): Listener {
  requireAuth('authRoutes', auth)
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
    // Node caches the address when it is first read. After a reset, the system no longer knows it.
    void incoming.socket?.remoteAddress
    const isStream = completeRequest(incoming)
    rewriteCredentials(incoming)
    void (isStream ? listener : listenerWithoutStream)(incoming, outgoing)
  }
}

/** The listener reads raw header lines, so credentials that middleware has removed or added are changed there. */
function rewriteCredentials(incoming: IncomingMessage): void {
  for (const name of ['authorization', 'cookie']) {
    const value = incoming.headers[name]
    const lines = linesOf(incoming.rawHeaders, name)
    if (value === (name === 'cookie' && lines.length > 1 ? lines.join('; ') : lines[0])) continue
    const others = incoming.rawHeaders.filter((_, i, all) => all[i - (i % 2)]?.toLowerCase() !== name)
    setRawHeaders(incoming, typeof value === 'string' ? [...others, name, value] : others)
  }
}
