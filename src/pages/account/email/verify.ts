import { keepNotice, noticeOf } from '../../notice.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import { html } from '../../view/html.ts'
import { formOwner, type MemberVisit, memberPage } from '../frames/member-page.ts'
import { codePage } from './code-page.ts'

const path = '/account/email/verify'

/** Takes the code that was mailed to verify the address of the account. */
export const verifyEmail: Page = memberPage({
  path,
  show: (visit) => (isWaiting(visit) ? render(visit) : { redirect: visit.site.to('/account') }),
  async submit(visit, form) {
    if (!isWaiting(visit)) return { redirect: visit.site.to('/account') }
    const answer = await visit.ask('POST', '/email/verify', { code: form.text('code').trim() })
    if (answer.ok) return { redirect: visit.site.to('/account', keepNotice(visit, { done: 'email-verified' })) }
    return render(visit, problemOf(answer, visit.messages, { code_invalid: 'code' }))
  },
})

/** Sends that mail again. */
export const sendVerification: Page = memberPage({
  path: '/account/email/send',
  async submit(visit) {
    if (!isWaiting(visit)) return { redirect: visit.site.to('/account') }
    const answer = await visit.ask('POST', '/email/verification')
    if (answer.ok) return { redirect: visit.site.to(path, keepNotice(visit, { done: 'sent' })) }
    return render(visit, problemOf(answer, visit.messages))
  },
})

function isWaiting({ site, me }: MemberVisit): boolean {
  return site.hasMail && me.email !== null && !me.email_verified
}

function render(visit: MemberVisit, problem?: Problem): Outcome {
  const { site, messages, me } = visit
  const { verify: words } = messages.account.email
  return codePage(visit, {
    path,
    title: words.title,
    lead: words.lead(me.email ?? ''),
    label: words.submit,
    done: noticeOf(visit, 'done') === 'sent' ? words.sent : undefined,
    problem,
    after: html`<form method="post" action="${site.to('/account/email/send')}">${formOwner(visit)}
      <p>${words.nothing} <button class="link" type="submit">${messages.account.overview.sendAgain}</button></p>
    </form>`,
  })
}
