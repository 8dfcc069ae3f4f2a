import type { ServerResponse } from 'node:http'
import type { Answer } from '../guard/problem.ts'

/** Sends a refusal on a `node:http` response, with the same bytes for every framework based on it. */
export function sendAnswer(res: ServerResponse, { status, headers, body }: Answer): void {
  const text = JSON.stringify(body)
  res.setHeader('content-type', 'application/json')
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  res.setHeader('content-length', Buffer.byteLength(text))
  res.statusCode = status
  res.end(text)
}
