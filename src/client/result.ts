import type { MemberFault, RequestErrorCode, TokenErrorCode } from '../errors.ts'

/**
 * Why a call failed. `network_error`: no answer; the session, if any, continues. `answer_invalid`: an answer that is not
 * hallpass's, for example of a proxy. Every other code is in docs/errors.md.
 */
export type ClientErrorCode = TokenErrorCode | RequestErrorCode | 'network_error' | 'answer_invalid'

/** A call that failed. */
export interface Failure {
  readonly ok: false
  /** Stable, for programs. */
  readonly code: ClientErrorCode
  /** For people; may change. */
  readonly msg: string
  /** Seconds to wait before the next attempt, with `rate_limited`, `overloaded` and `unavailable`. */
  readonly retryAfter?: number
  /** The invalid members, with `invalid_request`. */
  readonly members?: readonly MemberFault[]
}

/** What a call returns: its value, or why it failed. Calls never throw for what a server or a network does. */
export type Result<Value> = { readonly ok: true; readonly value: Value } | Failure

/** The body of an answer, with any members. */
export type AnswerBody = Readonly<Record<string, unknown>>

/** An answer: its body, or why there is none. `body` of a failure has what belongs to its code. */
export interface Answered {
  readonly failure?: Failure
  readonly body?: AnswerBody | undefined
}

/**
 * Reads an answer. Services in other languages refuse without a code: the challenge of RFC 6750 then counts as
 * `token_expired`, because a new access token fixes an invalid one.
 */
export async function readAnswer(response: Response): Promise<Answered> {
  const { ok, headers, status } = response
  const text = await response.text()
  const body = parse(text)
  // What is neither JSON nor empty comes from elsewhere, such as the page that a development server has for any path.
  if (ok && (body || !text)) return { body }
  const { code, msg = `Status ${status}`, members, retry_after = headers.get('retry-after') } = body ?? {}
  const isInvalidToken = headers.get('www-authenticate')?.includes('error="invalid_token"')
  const failure = {
    ok: false,
    code: code ?? (isInvalidToken ? 'token_expired' : 'answer_invalid'),
    msg,
    ...(Number(retry_after) > 0 && { retryAfter: Number(retry_after) }),
    ...(members !== undefined && { members }),
  }
  return { failure: failure as Failure, body }
}

/** A request that got no answer. */
export function networkFailure(error: unknown): Failure {
  return { ok: false, code: 'network_error', msg: String(error) }
}

function parse(text: string): AnswerBody | undefined {
  try {
    return Object(JSON.parse(text))
  } catch {
    return undefined
  }
}
