import { de } from './de/index.ts'
import { en } from './en/index.ts'
import type { Messages } from './messages.ts'

export type { Messages } from './messages.ts'

/** A language that the pages are written in. */
export type Language = 'en' | 'de'

export const languages: Readonly<Record<Language, Messages>> = { en, de }
