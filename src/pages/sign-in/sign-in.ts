import type { Form } from '../form.ts'
import type { Outcome, Page, Visit } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import { checkbox, doneNotice, doneText, field, problemSummary, submit } from '../view/controls.ts'
import { html, when } from '../view/html.ts'
import { cardPage } from '../view/layout.ts'
import { afterFirstFactor } from './after-first-factor.ts'
import { destinationOf, withDestination } from './destination.ts'

export const signIn: Page = {
  path: '/sign-in',
  async show(visit) {
    const answer = await visit.ask('GET', '/me')
    return answer.ok ? { redirect: destinationOf(visit) } : render(visit)
  },
  async submit(visit, form) {
    const answer = await visit.ask('POST', '/login', {
      username: form.text('username'),
      password: form.text('password'),
      cookies: true,
      remember: form.isChecked('remember'),
    })
    return (
      afterFirstFactor(visit, answer) ??
      render(visit, { form, ...(!answer.ok && { problem: problemOf(answer, visit.messages) }) })
    )
  },
}

function render(visit: Visit, sent: { readonly form?: Form; readonly problem?: Problem } = {}): Outcome {
  const { site, messages } = visit
  const { signIn: words, common } = messages
  const { form, problem } = sent
  const done = doneText(visit, words.done)
  return {
    ...(problem && { status: problem.status }),
    html: cardPage(visit, {
      title: words.title(site.brand.name),
      content: html`${problemSummary(problem) || doneNotice(done)}
        <form method="post">
          ${field(visit, { name: 'username', label: words.name, autocomplete: 'username', value: form?.text('username'), isFirst: true, problem })}
          ${field(visit, {
            name: 'password',
            label: common.password,
            type: 'password',
            autocomplete: 'current-password',
            aside: site.hasMail
              ? html`<a href="${withDestination(visit, '/forgot-password')}">${words.forgot}</a>`
              : undefined,
            problem,
          })}
          ${checkbox('remember', words.remember, form === undefined || form.isChecked('remember'))}
          ${submit(words.submit)}
        </form>
        ${when(
          (site.isRegistrationOpen || site.hasEmailSignIn) && words,
          () => html`<div class="after">
            ${site.hasEmailSignIn ? html`<p><a href="${withDestination(visit, '/sign-in/mail')}">${words.byMail}</a></p>` : ''}
            ${
              site.isRegistrationOpen
                ? html`<p>${words.noAccount} <a href="${withDestination(visit, '/register')}">${words.register}</a></p>`
                : ''
            }
          </div>`,
        )}`,
    }),
  }
}
