/** The pages that mails link to. Each takes its token from the fragment, and posts it when a button is pressed. */
export type PageName =
  | 'verify-email'
  | 'reset-password'
  | 'change-email'
  | 'cancel-email-change'
  | 'undo-email-change'
  | 'sign-in'
  | 'sign-in/link'
  | 'forgot-password'
  | 'one-time-link'
  | 'account'

/** Makes the links of mails. */
export interface Links {
  /** The host that mails name as theirs. */
  readonly site: string
  /**
   * A page, with its token behind `#`. Browsers send no fragment to any server: neither proxies nor access logs have the
   * token, and a scanner that fetches the link spends nothing.
   */
  to(page: PageName, token?: string): string
}

/**
 * @param base Where the pages are, such as `https://id.example/auth/pages`: of the configuration, never of a request, whose
 *   `Host` a stranger chooses.
 */
export function makeLinks(base: string): Links {
  const pages = base.replace(/\/+$/, '')
  return {
    site: new URL(pages).host,
    to: (page, token) => `${pages}/${page}${token === undefined ? '' : `#token=${encodeURIComponent(token)}`}`,
  }
}
