import { errorPage } from '../error-page.ts'
import { keepNotice, noticeOf } from '../notice.ts'
import type { Page, Visit } from '../page.ts'
import { afterFirstFactor } from './after-first-factor.ts'
import { destinationOf, isRemembered, readNext, withDestination } from './destination.ts'

/** Leads to the page of another provider. A form must not: browsers hold its redirects to the content policy too. */
export const signInWith: Page = {
  path: '/sign-in/with',
  async show(visit) {
    // The person begins, and not another site: the button is there.
    if (visit.isFromOtherSite) return { redirect: withDestination(visit, '/sign-in') }
    const provider = providerIn(visit.query('provider') ?? '')
    const query = new URLSearchParams({
      return_to: addressOf(visit, destinationOf(visit)),
      remember: String(isRemembered(visit)),
    })
    const answer = await visit.ask<{ readonly redirect_to: string }>('GET', `/oauth/${provider}?${query}`)
    if (answer.ok) return { redirect: answer.body.redirect_to }
    // The other ways to sign in are there.
    const isKnown = codes.some((code) => code === answer.code)
    if (isKnown) return { redirect: withDestination(visit, '/sign-in', keepNotice(visit, { problem: answer.code })) }
    return { html: errorPage(visit, answer.code), status: answer.status }
  },
}

/**
 * Where the browser comes back to from a provider when it is not signed in yet. What is to be said is said once. A link on
 * another site can use it up, and is not refused, because browsers say of the way back too that another site sent them. It
 * signs no one in: only the answer to an attempt of this browser is there, and it is shown to this browser.
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

/** In full, as the routes expect it: they are not always where the pages are. */
export function addressOf({ site }: Pick<Visit, 'site'>, path: string): string {
  return new URL(path, site.ownOrigin ?? 'http://localhost').href
}

/** What a provider's page may lead back with. */
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

/** Why signing in there led nowhere, as the page before says. */
export function providerProblem(visit: Visit): string | undefined {
  const notice = noticeOf(visit, 'problem')
  const code = codes.find((one) => one === notice)
  return code === undefined ? undefined : visit.messages.problems[code]
}
