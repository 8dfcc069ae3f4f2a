/** The pages that mails link to. Each reads its token from the fragment, and posts it when a button is pressed. */
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
  /** The host that mails name as the sender's. */
  readonly site: string
  /**
   * A page with its token after `#`. Browsers send the fragment to no server, so neither proxies nor access logs
   * contain the token, and a scanner that fetches the link uses up nothing.
   */
  to(page: PageName, token?: string): string
}

/**
 * @param base Where the pages are, such as `https://id.example/auth/pages`. It comes from the configuration, never from
 * a request, whose `Host` anyone can choose.
 */
export function makeLinks(base: string): Links {
  const pages = base.replace(/\/+$/, '')
  return {
    site: new URL(pages).host,
    to: (page, token) => `${pages}/${page}${token === undefined ? '' : `#token=${encodeURIComponent(token)}`}`,
  }
}
