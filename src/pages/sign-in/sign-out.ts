import { errorPage } from '../error-page.ts'
import { keepNotice } from '../notice.ts'
import type { Page } from '../page.ts'
import { readNext } from './destination.ts'

export const signOut: Page = {
  path: '/sign-out',
  show: (visit) => ({ redirect: visit.site.to('/account') }),
  async submit(visit, form) {
    const answer = await visit.ask('POST', '/logout')
    // A session that cannot be named has ended already. Anything else leaves it alive, and the page must not say otherwise.
    if (!answer.ok && !/^token_/.test(answer.code)) {
      return { html: errorPage(visit, answer.code), status: answer.status }
    }
    // Who signs in again to go on needs no message.
    const next = readNext(form.text('next'))
    const query = next === undefined ? keepNotice(visit, { done: 'signed-out' }) : { next }
    return { redirect: visit.site.to('/sign-in', query) }
  },
}
