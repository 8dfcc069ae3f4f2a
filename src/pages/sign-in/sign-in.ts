import { noCookies } from '../notice.ts'
import type { Outcome, Page, Visit } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Form } from '../requests/form.ts'
import { checkbox, doneNotice, doneText, field, infoNotice, problemSummary, submit } from '../view/controls.ts'
import { type Html, html, when } from '../view/html.ts'
import { cardPage } from '../view/layout.ts'
import { afterFirstFactor } from './after-first-factor.ts'
import { destinationOf, isRemembered, withDestination } from './destination.ts'
import { providerProblem } from './provider.ts'
import { otherWays } from './ways.ts'

export const signIn: Page = {
  path: '/sign-in',
  async show(visit) {
    const answer = await visit.ask('GET', '/me')
    return answer.ok ? { redirect: destinationOf(visit) } : renderSignIn(visit)
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
      renderSignIn(visit, { form, ...(!answer.ok && { problem: problemOf(answer, visit.messages) }) })
    )
  },
}

interface Sent {
  readonly form?: Form
  readonly problem?: Problem
}

export async function renderSignIn(visit: Visit, { form, problem }: Sent = {}): Promise<Outcome> {
  const { site, messages } = visit
  const { signIn: words } = messages
  const known = visit.query('done') === noCookies ? words.noCookies : providerProblem(visit)
  const notice = infoNotice(known) || doneNotice(doneText(visit, words.done))
  return {
    ...(problem && { status: problem.status }),
    html: cardPage(visit, {
      title: words.title(site.brand.name),
      content: html`${problemSummary(problem) || notice}
        ${passwordForm(visit, { ...(form && { form }), ...(problem && { problem }) })}
        ${await otherWays(visit)}
        ${furtherLinks(visit)}`,
    }),
  }
}

/** Browsers offer passkeys in the field for the name. */
function passwordForm(visit: Visit, { form, problem }: Sent): Html {
  const { site, messages } = visit
  const { signIn: words, common } = messages
  return html`<form method="post" action="${withDestination(visit, '/sign-in')}">
    ${field(visit, { name: 'username', label: words.name, autocomplete: 'username webauthn', value: form?.text('username'), isFirst: true, problem })}
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
    ${checkbox('remember', words.remember, form?.isChecked('remember') ?? isRemembered(visit))}
    ${submit(words.submit)}
  </form>`
}

function furtherLinks(visit: Visit): Html | '' {
  const { site, messages } = visit
  const { signIn: words } = messages
  return when(
    site.isRegistrationOpen || site.hasEmailSignIn,
    () => html`<div class="after">
      ${site.hasEmailSignIn ? html`<p><a data-script="remember" href="${withDestination(visit, '/sign-in/mail')}">${words.byMail}</a></p>` : ''}
      ${
        site.isRegistrationOpen
          ? html`<p>${words.noAccount} <a data-script="remember" href="${withDestination(visit, '/register')}">${words.register}</a></p>`
          : ''
      }
    </div>`,
  )
}
