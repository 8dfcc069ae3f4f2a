import type { ClientErrorCode, Failure } from '../http/result.ts'

/**
 * Not the one of `result.ts`: bundlers would move code that two files share into a third, which every page then loads.
 */
export function failureOf(code: ClientErrorCode, why: unknown): Failure {
  return { ok: false, code, msg: String(why) }
}
