import { checkAddress } from './address.ts'

/** A request as a library asks for it. */
export type GuardedRequest = Pick<RequestInit, 'method' | 'headers' | 'signal'> & {
  readonly body?: string | URLSearchParams | ArrayBuffer | ReadableStream | Uint8Array | null | undefined
}

/**
 * A `fetch` for libraries that talk to servers which decide who is let in: by https or to this machine, without redirects,
 * and within bounds of time and size. The answer is read when this returns.
 */
export function makeGuardedFetch({
  what,
  maxBytes,
  milliseconds,
}: {
  /** For messages. */
  readonly what: string
  readonly maxBytes: number
  readonly milliseconds: number
}): (address: string, request: GuardedRequest) => Promise<Response> {
  return async function guardedFetch(address, { method = 'GET', headers, body, signal }) {
    const time = AbortSignal.timeout(milliseconds)
    const response = await fetch(checkAddress(what, address), {
      method,
      ...(headers !== undefined && { headers }),
      // Some declarations of `fetch` take no view of a buffer that may be shared.
      ...(body !== undefined && { body: body instanceof Uint8Array ? body.slice() : body }),
      // It would lead to another server. The library sees its status, which is none of success.
      redirect: 'manual',
      signal: signal ? AbortSignal.any([time, signal]) : time,
    })
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      if (size > maxBytes) throw new Error(`The answer of the ${what} has more than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
    const { status, statusText } = response
    return new Response(mayHaveBody(status) ? Buffer.concat(chunks) : null, {
      status,
      statusText,
      headers: response.headers,
    })
  }
}

/** Fetch section 2.2.3, the null body statuses. */
function mayHaveBody(status: number): boolean {
  return ![101, 204, 205, 304].includes(status)
}
