import { errorPage } from '../error-page.ts'
import { keepNotice, noticeOf } from '../notice.ts'
import type { Page, Visit } from '../page.ts'
import { afterFirstFactor } from './after-first-factor.ts'
import { destinationOf, isRemembered, readNext, withDestination } from './destination.ts'

/**
 * Leads to the page of another provider. It is a link and no form, because browsers apply the content security policy
 * to the redirects of forms.
 */
export const signInWith: Page = {
  path: '/sign-in/with',
  async show(visit) {
    // Only the person may begin a sign-in, not another site: this page has the button.
    if (visit.isFromOtherSite) return { redirect: withDestination(visit, '/sign-in') }
    const provider = providerIn(visit.query('provider') ?? '')
    const query = new URLSearchParams({
      return_to: addressOf(visit, destinationOf(visit)),
      remember: String(isRemembered(visit)),
    })
    const answer = await visit.ask<{ readonly redirect_to: string }>('GET', `/oauth/${provider}?${query}`)
    if (answer.ok) return { redirect: answer.body.redirect_to }
    // The sign-in page offers the other ways.
    const isKnown = codes.some((code) => code === answer.code)
    if (isKnown) return { redirect: withDestination(visit, '/sign-in', keepNotice(visit, { problem: answer.code })) }
    return { html: errorPage(visit, answer.code), status: answer.status }
  },
}

/**
 * Where the browser arrives from a provider if it is not signed in yet. The outcome is shown once. A link on another
 * site can use it up; it is not refused, because the way back from a provider comes from another site too. Such a link
 * signs no one in: the outcome is that of an attempt of this browser, and is shown to this browser.
 */
export const providerOutcome: Page = {
  path: '/sign-in/provider',
  async show(visit) {
    const answer = await visit.ask('POST', '/oauth/outcome')
    const next = answer.ok ? undefined : afterFirstFactor(visit, answer)
    if (next !== undefined) return next
    const problem = answer.ok ? undefined : answer.code
    const notice = keepNotice(visit, { problem })
    const isMember = (await visit.ask('GET', '/me')).ok
    if (!isMember) return { redirect: withDestination(visit, '/sign-in', notice) }
    // A user who is signed in wanted to link an account, or to confirm a change on another page.
    const asked = readNext(visit.site.pathAt(destinationOf(visit)))
    const isLink = asked === undefined || asked === '/account/linked'
    return {
      redirect: isLink
        ? visit.site.to('/account/linked', notice)
        : visit.site.to('/account/confirm', { next: asked, ...notice }),
    }
  },
}

/** The name that an address or a form has, to be put into the path of a route. Any other text names nothing. */
export function providerIn(text: string): string {
  return /^[\w-]{1,64}$/.test(text) ? text : 'none'
}

/** The full URL of one of our pages, as the routes expect it. */
export function addressOf({ site }: Pick<Visit, 'site'>, path: string): string {
  return new URL(path, site.ownOrigin ?? 'http://localhost').href
}

/** The refusals that a sign-in at a provider may end with. */
const codes = [
  'account_exists',
  'email_not_verified',
  'factor_limit_reached',
  'identity_taken',
  'provider_not_found',
  'provider_refused',
  'provider_unavailable',
  'rate_limited',
  'registration_closed',
  'unavailable',
] as const

/** Why a sign-in at a provider failed, if the previous page left a notice of it. */
export function providerProblem(visit: Visit): string | undefined {
  const notice = noticeOf(visit, 'problem')
  const code = codes.find((one) => one === notice)
  return code === undefined ? undefined : visit.messages.problems[code]
}
