import { errorPage } from '../error-page.ts'
import { keepNotice } from '../notice.ts'
import type { Page } from '../page.ts'
import { readNext } from './destination.ts'

export const signOut: Page = {
  path: '/sign-out',
  show: (visit) => ({ redirect: visit.site.to('/account') }),
  async submit(visit, form) {
    const answer = await visit.ask('POST', '/logout')
    // If no token is accepted, the session has ended already. After any other refusal it is alive, and the page must say so.
    if (!answer.ok && !/^token_/.test(answer.code)) {
      return { html: errorPage(visit, answer.code), status: answer.status }
    }
    // A user who signs in again to continue needs no notice.
    const next = readNext(form.text('next'))
    const query = next === undefined ? keepNotice(visit, { done: 'signed-out' }) : { next }
    return { redirect: visit.site.to('/sign-in', query) }
  },
}
