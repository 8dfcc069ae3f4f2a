import type { Notice } from './params.ts'

/** `26 November 2026 at 17:04 UTC`. */
export function timeOf({ at }: Pick<Notice, 'at'>, language: string): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return `${format.format(new Date(at))} UTC`
}

/**
 * Mail programs make links of names such as `www.evil.example`, and anyone can choose a name and have it mailed to a
 * stranger. A word joiner, which cannot be seen, keeps them from it.
 */
export function unlinked(text: string): string {
  return text.replace(/[.:/@](?=\S)/g, '$&\u2060')
}

/** Without control characters, line breaks and marks that change the direction of text; at most 300 characters. */
export function cleared(text: string): string {
  return text.slice(0, 300).replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
}
