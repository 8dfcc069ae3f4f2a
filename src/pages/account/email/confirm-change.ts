import { keepNotice } from '../../notice.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import { html } from '../../view/html.ts'
import { type MemberVisit, memberPage } from '../frames/member-page.ts'
import { codePage } from './code-page.ts'

const path = '/account/email/confirm'

/** Takes the code that was mailed to a new address. The link in that mail works too. */
export const confirmEmailChange: Page = memberPage({
  path,
  show: (visit) => (visit.site.hasMail ? render(visit) : { redirect: visit.site.to('/account') }),
  async submit(visit, form) {
    const answer = await visit.ask('POST', '/email/change/confirm', { code: form.text('code').trim() })
    if (answer.ok) return { redirect: visit.site.to('/account', keepNotice(visit, { done: 'email-changed' })) }
    return render(visit, problemOf(answer, visit.messages, { code_invalid: 'code' }))
  },
})

function render(visit: MemberVisit, problem?: Problem): Outcome {
  const { confirmChange: words } = visit.messages.account.email
  return codePage(visit, {
    path,
    title: words.title,
    lead: words.lead,
    label: words.submit,
    problem,
    after: html`<p><a href="${visit.site.to('/account/email')}">${words.again}</a></p>`,
  })
}
