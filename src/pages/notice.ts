import type { Visit } from './page.ts'

/** What the next page says: what was done, or why nothing was. */
export interface Notice {
  readonly done?: string | undefined
  readonly problem?: string | undefined
}

/** The only notice that no cookie can prove. */
export const noCookies = 'no-cookies'

/** The next page is opened at once. If it is loaded again later, the notice is gone. */
const noticeSeconds = 60

/**
 * Keeps a notice for the page that the browser is sent to. The address of that page names the notice, so that two tabs
 * show their own. A cookie proves that this browser was sent there, because anyone can link to an address.
 * @returns The parameters for the query of that address.
 */
export function keepNotice(visit: Visit, notice: Notice, seconds: number = noticeSeconds): Record<string, string> {
  const [[kind, word] = []] = Object.entries(notice)
  if (kind === undefined || word === undefined) return {}
  visit.setCookie('notice', word, seconds)
  return { [kind]: word }
}

/** The notice for this page; `undefined` if no cookie proves the one that the address names. */
export function noticeOf(visit: Visit, kind: keyof Notice): string | undefined {
  const word = visit.query(kind)
  return word === visit.cookie('notice') ? word : undefined
}
