import { statusOf } from '../../../guard/problem.ts'
import type { MeBody } from '../../../routes/types.ts'
import { errorPage } from '../../error-page.ts'
import { keepNotice, noCookies } from '../../notice.ts'
import type { Outcome, Page, Visit } from '../../page.ts'
import type { Refusal } from '../../requests/ask.ts'
import type { Form } from '../../requests/form.ts'
import { hidden } from '../../view/controls.ts'
import type { Html } from '../../view/html.ts'

/** A visit of a user who is signed in. */
export interface MemberVisit extends Visit {
  readonly me: MeBody & { readonly has_password: boolean }
}

/** A page for users who are signed in. Without `show` it only takes a form, and its address leads to the account. */
interface MemberPage {
  readonly path: string
  readonly show?: (visit: MemberVisit) => Promise<Outcome> | Outcome
  readonly submit?: (visit: MemberVisit, form: Form) => Promise<Outcome>
  /** Where a visitor goes after signing in; the page itself by default. */
  readonly nextOf?: (visit: Visit) => string
}

/** Visitors who are not signed in are sent to sign in, and come back. */
export function memberPage({ path, show, submit, nextOf = () => path }: MemberPage): Page {
  const toAccount = ({ site }: Visit) => ({ redirect: site.to('/account') })
  async function asMember(visit: Visit, answer: (member: MemberVisit) => Promise<Outcome> | Outcome): Promise<Outcome> {
    const found = await visit.ask<MemberVisit['me']>('GET', '/me')
    return found.ok ? answer({ ...visit, me: found.body }) : notAMember(visit, found, nextOf(visit))
  }
  return {
    path,
    show: show === undefined ? toAccount : (visit) => asMember(visit, show),
    ...(submit && {
      submit: (visit, form) =>
        asMember(visit, (member) =>
          form.text(ownerField) === member.me.id ? submit(member, form) : otherUser(member),
        ),
    }),
  }
}

/**
 * A module that the script of such a page imports. An import cannot send the person to sign in, so the script gets the
 * address to go to.
 */
export function memberModule(page: Omit<MemberPage, 'submit'>): Page {
  const { path, show } = memberPage(page)
  return {
    path,
    async show(visit) {
      const outcome = await show(visit)
      return 'redirect' in outcome ? { module: { go: outcome.redirect } } : outcome
    },
  }
}

const ownerField = 'user'

/** In each form: the user whose account it is about. Someone else may have signed in since, in another tab. */
export function formOwner({ me }: MemberVisit): Html | '' {
  return hidden(ownerField, me.id)
}

function otherUser(visit: MemberVisit): Outcome {
  return { html: errorPage(visit, 'other_user'), status: statusOf('session_required') }
}

/** Says why a page cannot be shown: no one is signed in any more, or the server cannot tell who is. */
function notAMember(visit: Visit, refusal: Refusal, next: string): Outcome {
  const { code } = refusal
  if (!/^token_|^user_not_found$/.test(code)) return unavailable(visit, refusal)
  // Browsers keep the cookies for as long as the session can live. So if there are any, the session was ended; and a
  // browser that has just signed in and sends none does not keep cookies.
  if (code !== 'token_missing') {
    return { redirect: visit.site.to('/sign-in', { next, ...keepNotice(visit, { done: 'signed-out-elsewhere' }) }) }
  }
  const done = visit.isFrom('/sign-in') ? noCookies : undefined
  return { redirect: visit.site.to('/sign-in', { next, done }) }
}

/** Shown if the routes do not answer with what a page needs. */
export function unavailable(visit: Visit, { code, status }: Refusal): Outcome {
  return { html: errorPage(visit, code), status }
}
