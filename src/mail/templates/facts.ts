import type { Notice } from './params.ts'

// The first that fits: Edge and Opera name Chrome as well, and Chrome names Safari.
const browsers: readonly [pattern: RegExp, name: string][] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const systems: readonly [pattern: RegExp, name: string][] = [
  [/\bAndroid\b/, 'Android'],
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** A browser as people know it, such as `Firefox, Windows`; the beginning of what the client states if it is no browser. */
export function browserOf(userAgent: string): string {
  const find = (list: typeof browsers) => list.find(([pattern]) => pattern.test(userAgent))?.[1]
  const names = [find(browsers), find(systems)].filter((name) => name !== undefined)
  return find(browsers) === undefined ? unlinked(userAgent.slice(0, 60)) : names.join(', ')
}

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
