import { isText } from '../../core/text.ts'

/** The id of an account: text, or a whole number for accounts of a system that uses numbers, stored as its digits. */
export type UserId = string | number

/**
 * The id as it is stored, and as it is compared with tokens: both databases compare text, and one of them treats 1 as
 * `1.0`. A number that is not exact could be another account's id, so it becomes empty, which is no account's id. So
 * does whatever else is passed from JavaScript.
 */
export function textOfId(id: UserId): string {
  if (isText(id)) return id
  return Number.isSafeInteger(id) ? String(id) : ''
}
