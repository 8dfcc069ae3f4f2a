import type { ServerResponse } from 'node:http'
import type { MaybePromise } from '../guard/maybe-promise.ts'

type End = ServerResponse['end']

/**
 * Puts cookies on a response of `node:http` when it ends, and not before: a logout meanwhile must not be undone. What has begun
 * to be sent stays, and what is done to the response while the cookies are awaited comes too late, as it would behind any end.
 *
 * Middleware that comes later, such as compression or express-session, puts an `end` of its own in place of the one that it
 * finds, and sends the headers in it. So `end` is a property that remembers: whichever was put there last, the cookies come
 * before it, once.
 * @param renew Gets the cookies that the response sets by itself.
 */
export function renewAtEnd(
  res: ServerResponse,
  renew: (alreadySet: readonly string[]) => MaybePromise<readonly string[]>,
  append: (cookies: readonly string[]) => void,
): void {
  let state: 'open' | 'asking' | 'asked' = 'open'

  function before(end: End): End {
    return function endWithCookies(...args: unknown[]): ServerResponse {
      const goOn = (cookies: readonly string[] = []) => {
        state = 'asked'
        append(cookies)
        return end.apply(res, args as Parameters<End>)
      }
      if (state === 'asking') return res
      if (state === 'asked' || res.headersSent || !(res.statusCode >= 200 && res.statusCode < 300)) return goOn()
      state = 'asking'
      const renewed = renew([res.getHeader('set-cookie') ?? []].flat().map(String))
      if (!(renewed instanceof Promise)) return goOn(renewed)
      const release = hold(res)
      renewed
        .then((cookies) => {
          release()
          goOn(cookies)
        })
        // What `end` was called with may be wrong, which the application hears of no more.
        .catch((error) => res.destroy(error))
      return res
    } as End
  }

  let end = before(res.end)
  Object.defineProperty(res, 'end', {
    configurable: true,
    enumerable: true,
    get: () => end,
    set(other: End) {
      end = before(other)
    },
  })
}

/** Keeps a response as it is. @returns Gives it back. */
function hold(res: ServerResponse): () => void {
  const { write, writeHead, flushHeaders, statusCode } = res
  const headers = Object.entries(res.getHeaders())
  Object.assign(res, { write: () => false, writeHead: () => res, flushHeaders: () => {} })
  return function release() {
    Object.assign(res, { write, writeHead, flushHeaders, statusCode })
    for (const name of res.getHeaderNames()) res.removeHeader(name)
    for (const [name, value] of headers) res.setHeader(name, value ?? '')
  }
}
