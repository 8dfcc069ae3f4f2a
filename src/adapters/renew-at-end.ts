import type { ServerResponse } from 'node:http'
import type { MaybePromise } from '../guard/maybe-promise.ts'

type End = ServerResponse['end']

/**
 * Adds cookies to a response of `node:http` when it ends, and not earlier, because a logout meanwhile must not be
 * undone. If the response is already being sent, nothing is added. Changes made to it while the cookies are awaited
 * come too late, as they would after any `end`.
 *
 * Middleware that runs later, such as compression or express-session, replaces `end` with its own, which sends the
 * headers. So `end` becomes a property: whichever function was set last, the cookies are added once before it runs.
 * @param renew Returns cookies to add, given those that the response itself sets.
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
        // The arguments of `end` may be invalid, which can no longer be reported to the application.
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

/** Prevents changes to a response. @returns A function that allows them again. */
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
