import { checkAddress } from './address.ts'

/** A request as a library makes it. */
export type GuardedRequest = Pick<RequestInit, 'method' | 'headers' | 'signal'> & {
  readonly body?: string | URLSearchParams | ArrayBuffer | ReadableStream | Uint8Array | null | undefined
}

/**
 * A `fetch` for libraries that talk to servers whose answers decide who gets in: only by https or to this machine,
 * without redirects, and with limits on time and size. The answer has been read completely when it resolves.
 */
export function makeGuardedFetch({
  what,
  maxBytes,
  milliseconds,
}: {
  /** Names the server in messages. */
  readonly what: string
  readonly maxBytes: number
  readonly milliseconds: number
}): (address: string, request: GuardedRequest) => Promise<Response> {
  return async function guardedFetch(address, { method = 'GET', headers, body, signal }) {
    const time = AbortSignal.timeout(milliseconds)
    const response = await fetch(checkAddress(what, address), {
      method,
      ...(headers !== undefined && { headers }),
      // Some declarations of `fetch` reject a view of a buffer that may be shared.
      ...(body !== undefined && { body: body instanceof Uint8Array ? body.slice() : body }),
      // A redirect would lead to another server. The library sees its status, which is not a success.
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
