/**
 * Whether a value is text that both databases store. Check values that an application passes before a query:
 * PostgreSQL rejects NUL, and SQLite takes an object for named parameters.
 */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0')
}

/**
 * Whether a value is a list of strings, such as roles. A string also has `includes`, which would find parts of words.
 * Tokens state these lists, and can contain no half of a surrogate pair.
 */
export function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => isText(text) && text.isWellFormed())
}
