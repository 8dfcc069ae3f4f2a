import type { MemberFault, RequestErrorCode, TokenErrorCode } from '../../errors.ts'

/**
 * Why a call failed. `network_error`: no answer; the session, if any, continues. `answer_invalid`: an answer that is
 * not hallpass's, for example of a proxy. `passkey_cancelled`: the user did not use a passkey, or another request for
 * one has begun. `passkey_exists`: the authenticator already has a passkey of the account. `passkey_failed`: the
 * browser cannot use one, for example because it does not support passkeys. Every other code is in docs/errors.md.
 */
export type ClientErrorCode =
  | TokenErrorCode
  | RequestErrorCode
  | 'network_error'
  | 'answer_invalid'
  | 'passkey_cancelled'
  | 'passkey_exists'
  | 'passkey_failed'

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

/** What a call returns: its value, or why it failed. Calls throw only for mistakes of the program. */
export type Result<Value> = { readonly ok: true; readonly value: Value } | Failure

/** The body of an answer, with any members. */
export type AnswerBody = Readonly<Record<string, unknown>>

/** An answer: its body, or why there is none. The `body` of a failure has the members that belong to its code. */
export interface Answered {
  readonly failure?: Failure
  readonly body?: AnswerBody | undefined
}

/**
 * Reads an answer. Services in other languages may refuse without a code. The challenge of RFC 6750 then counts as
 * `token_expired`, because a new access token fixes an invalid one.
 * @param expected A member that the body must have. Without it, the answer is not hallpass's, but for example the page
 *   that a server returns for every path. Absent for calls that are answered without a body, with 202 or 204.
 */
export async function readAnswer(answer: Response | Promise<Response>, expected?: string): Promise<Answered> {
  const response = await answer
  const { ok, headers, status } = response
  const json: unknown = await response.json().catch(() => {})
  const body = Object(json) === json ? (json as AnswerBody) : undefined
  if (ok && (expected ? body?.[expected] : body || status > 201)) return { body }
  const { code, msg = `${status}`, members, retry_after = headers.get('retry-after') } = body ?? {}
  const isInvalidToken = /"invalid_token"/.test(headers.get('www-authenticate') as string)
  const failure = {
    ok: false,
    code: !ok && typeof code === 'string' ? code : isInvalidToken ? 'token_expired' : 'answer_invalid',
    msg,
    retryAfter: Number(retry_after) || undefined,
    members,
  }
  return { failure: failure as Failure, body }
}

/** @param why Describes for people what happened. */
export function failureOf(code: ClientErrorCode, why: unknown): Failure {
  return { ok: false, code, msg: String(why) }
}
