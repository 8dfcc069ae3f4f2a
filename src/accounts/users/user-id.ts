/** What an account is called: text, or a whole number for accounts of a system that counts them, kept as its digits. */
export type UserId = string | number

/**
 * The id as it is stored, and as tokens are judged by it: both databases compare text, and one of them takes 1 for `1.0`.
 * A number that is not exact could be another account's, so it is empty, which no account is.
 */
export function textOfId(id: UserId): string {
  if (typeof id === 'string') return id
  return Number.isSafeInteger(id) ? String(id) : ''
}
