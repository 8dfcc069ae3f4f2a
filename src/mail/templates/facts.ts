import type { Notice } from './params.ts'

/** `26 November 2026 at 17:04 UTC`. */
export function timeOf({ at }: Pick<Notice, 'at'>, language: string): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return `${format.format(new Date(at))} UTC`
}

/**
 * Mail programs turn names such as `www.evil.example` into links, and anyone can choose such a name and have it mailed
 * to a stranger. An invisible word joiner prevents that.
 */
export function unlinked(text: string): string {
  return text.replace(/[.:/@](?=\S)/g, '$&\u2060')
}

/** Removes control characters, line breaks and marks that change the text direction, and cuts at 300 characters. */
export function cleared(text: string): string {
  return text.slice(0, 300).replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
}
