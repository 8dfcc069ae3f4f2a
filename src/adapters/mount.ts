import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { linesOf } from './node-request.ts'

/** What `createAuth` returns, as far as a mount of its routes needs it. */
export interface Mountable {
  readonly handlerAt: (path: string) => (request: Request, env?: unknown) => Response | Promise<Response>
}

/** The routes of `createAuth` at a path, for frameworks on `node:http`. What the application did before counts. */
export function mountListener(
  auth: Mountable,
  path: string,
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  const handle = auth.handlerAt(path)
  const listener = getRequestListener(
    async (request, env) => {
      const response = await handle(request, env)
      const cookies = [env.outgoing.getHeader('set-cookie') ?? []].flat()
      for (const cookie of cookies) response.headers.append('set-cookie', String(cookie))
      return response
    },
    { hostname: 'localhost', overrideGlobalObjects: false },
  )
  return function handleAuth(incoming, outgoing) {
    // Node keeps it from the first time that it is asked: after a reset the system does not know it any more.
    void incoming.socket.remoteAddress
    rewriteCredentials(incoming)
    void listener(incoming, outgoing)
  }
}

/** The listener reads the lines as they came: credentials that a middleware took away or put in are changed there. */
function rewriteCredentials(incoming: IncomingMessage): void {
  for (const name of ['authorization', 'cookie']) {
    const value = incoming.headers[name]
    const lines = linesOf(incoming.rawHeaders, name)
    if (value === (name === 'cookie' && lines.length > 1 ? lines.join('; ') : lines[0])) continue
    const others = incoming.rawHeaders.filter((_, i, all) => all[i - (i % 2)]?.toLowerCase() !== name)
    const rawHeaders = typeof value === 'string' ? [...others, name, value] : others
    Object.defineProperty(incoming, 'rawHeaders', { value: rawHeaders })
  }
}
