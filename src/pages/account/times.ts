import type { Visit } from '../page.ts'
import { type Html, html } from '../view/html.ts'

const units: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]
/** Longer ago, a date says more. */
const longestDays = 30

/**
 * A time in words such as "2 hours ago". The full time is in UTC, because pages do not know the visitor's time zone.
 */
export function timeAgo(visit: Visit, at: string): Html {
  const full = new Intl.DateTimeFormat(visit.language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return html`<time datetime="${at}" title="${full.format(new Date(at))} UTC">${wordsOf(visit, at)}</time>`
}

function wordsOf(visit: Visit, at: string): string {
  const seconds = (visit.now().getTime() - new Date(at).getTime()) / 1000
  if (seconds > longestDays * 86_400) return visit.messages.account.sessions.on(dayOf(visit, at))
  const [unit, length] = units.find(([, least]) => seconds >= least) ?? []
  if (unit === undefined || length === undefined) return visit.messages.account.sessions.justNow
  return new Intl.RelativeTimeFormat(visit.language).format(-Math.floor(seconds / length), unit)
}

/** A day, such as `26 November 2026`. */
export function dateOf(visit: Visit, at: string): Html {
  return html`<time datetime="${at}">${dayOf(visit, at)}</time>`
}

function dayOf({ language }: Visit, at: string): string {
  // In English, the day comes first, as most of its readers expect.
  const locale = language === 'en' ? 'en-GB' : language
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(at))
}
