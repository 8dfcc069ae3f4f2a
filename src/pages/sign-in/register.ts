import { keepNotice } from '../notice.ts'
import type { Outcome, Page, Visit } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Form } from '../requests/form.ts'
import { field, problemSummary, submit } from '../view/controls.ts'
import { html } from '../view/html.ts'
import { cardPage } from '../view/layout.ts'
import { afterFirstFactor } from './after-first-factor.ts'
import { isRemembered, withDestination } from './destination.ts'

/** Which field a refusal is about. */
const fieldOf = { username_taken: 'username', email_taken: 'email' }

export const register: Page = {
  path: '/register',
  show: (visit) => (visit.site.isRegistrationOpen ? render(visit) : { redirect: visit.site.to('/sign-in') }),
  async submit(visit, form) {
    const [username, password, email] = ['username', 'password', 'email'].map(form.text) as [string, string, string]
    const hasEmail = email.trim() !== ''
    const account = { username, password, ...(hasEmail && { email }) }
    const answer = await visit.ask('POST', '/register', account)
    if (!answer.ok) return render(visit, { form, problem: problemOf(answer, visit.messages, fieldOf) })
    // If an address must be verified first, the login is refused, and the mail says how to continue.
    const login = await visit.ask('POST', '/login', {
      username,
      password,
      cookies: true,
      remember: isRemembered(visit),
    })
    const done = visit.site.hasMail && hasEmail ? 'registered-mail' : 'registered'
    return (
      afterFirstFactor(visit, login) ?? { redirect: withDestination(visit, '/sign-in', keepNotice(visit, { done })) }
    )
  },
}

function render(visit: Visit, sent: { readonly form?: Form; readonly problem?: Problem } = {}): Outcome {
  const { site, messages } = visit
  const { register: words, common } = messages
  const { form, problem } = sent
  return {
    ...(problem && { status: problem.status }),
    html: cardPage(visit, {
      title: words.title,
      content: html`${problemSummary(problem)}
        <form method="post">
          ${field(visit, { name: 'username', label: common.username, autocomplete: 'username', value: form?.text('username'), isFirst: true, problem })}
          ${field(visit, {
            name: 'email',
            label: common.email,
            type: 'email',
            inputmode: 'email',
            autocomplete: 'email',
            value: form?.text('email'),
            hint: site.hasMail ? words.emailHint : undefined,
            problem,
            ...(!site.requiresEmail && { isOptional: true }),
          })}
          ${field(visit, {
            name: 'password',
            label: common.password,
            type: 'password',
            autocomplete: 'new-password',
            hint: common.passwordHint(site.passwordMinLength),
            script: 'strength',
            problem,
          })}
          ${submit(words.submit)}
        </form>
        <div class="after"><p>${words.hasAccount} <a href="${withDestination(visit, '/sign-in')}">${words.signIn}</a></p></div>`,
    }),
  }
}
