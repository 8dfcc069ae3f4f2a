import type { MeBody } from '../../routes/types.ts'
import { keepNotice } from '../notice.ts'
import type { Outcome, Visit } from '../page.ts'
import { html } from '../view/html.ts'
import { cardPage } from '../view/layout.ts'

/**
 * Where a person goes next: to the account, or to sign in to it, with a notice of what was done. The link may belong to
 * another account than the one that is signed in here. Then a page of its own says what was done, not that account.
 */
export async function afterwards(visit: Visit, done: 'email-verified' | 'email-changed'): Promise<Outcome> {
  const { site, messages } = visit
  const me = await visit.ask<MeBody>('GET', '/me')
  if (!me.ok) return { redirect: site.to('/sign-in', keepNotice(visit, { done })) }
  if (me.body.email_verified) return { redirect: site.to('/account', keepNotice(visit, { done })) }
  const home = html`<p class="stack"><a class="button" href="${site.to('/account')}">${messages.common.continue}</a></p>`
  return { html: cardPage(visit, { title: messages.account.overview.done[done], content: home }) }
}
