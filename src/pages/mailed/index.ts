import type { Page } from '../page.ts'

/** What mails link to, and what has mails sent. */
export const mailedPages: readonly Page[] = []
