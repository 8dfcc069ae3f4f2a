import type { MemberFault, RequestErrorCode, TokenErrorCode } from '../../errors.ts'

/**
 * Why a call failed. `network_error`: no answer; the session, if any, continues. `answer_invalid`: an answer that is not
 * hallpass's, for example of a proxy. `passkey_cancelled`: the user did not use a passkey, or another request for one has
 * begun. `passkey_exists`: the authenticator has a passkey of the account already. `passkey_failed`: the browser cannot, for
 * example because it has none. Every other code is in docs/errors.md.
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

/** What a call returns: its value, or why it failed. Calls throw only for what the program does wrong. */
export type Result<Value> = { readonly ok: true; readonly value: Value } | Failure

/** The body of an answer, with any members. */
export type AnswerBody = Readonly<Record<string, unknown>>

/** An answer: its body, or why there is none. `body` of a failure has what belongs to its code. */
export interface Answered {
  readonly failure?: Failure
  readonly body?: AnswerBody | undefined
}

/**
 * Reads an answer. Services in other languages refuse without a code: the challenge of RFC 6750 then stands for
 * `token_expired`, because an invalid access token is fixed by a new one.
 * @param expected A member that the body has. Without it, the answer is not hallpass's, but for example the page that a
 *   server returns for every path. Absent for the calls that are answered without a body, by 202 or 204.
 */
export async function readAnswer(answer: Response | Promise<Response>, expected?: string): Promise<Answered> {
  const response = await answer
  const { ok, headers, status } = response
  const json: unknown = await response.json().catch(() => {})
  const body = Object(json) === json ? (json as AnswerBody) : undefined
  if (ok && (expected ? body?.[expected] : body || status > 201)) return { body }
  const { code, msg = `${status}`, members, retry_after = headers.get('retry-after') } = body ?? {}
  const isInvalidToken = /"invalid_token"/.test(`${headers.get('www-authenticate')}`)
  const failure = {
    ok: false,
    code: !ok && typeof code === 'string' ? code : isInvalidToken ? 'token_expired' : 'answer_invalid',
    msg,
    retryAfter: Number(retry_after) || undefined,
    members,
  }
  return { failure: failure as Failure, body }
}

/** @param why Says for people what happened. */
export function failureOf(code: ClientErrorCode, why: unknown): Failure {
  return { ok: false, code, msg: String(why) }
}
