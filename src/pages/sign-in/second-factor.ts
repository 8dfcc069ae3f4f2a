import type { Outcome, Page, Visit } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import { field, problemSummary, submit } from '../view/controls.ts'
import { html } from '../view/html.ts'
import { cardPage } from '../view/layout.ts'
import { destinationOf, withDestination } from './destination.ts'

export const secondFactor: Page = {
  path: '/sign-in/code',
  show(visit) {
    return visit.cookie('login_step') === undefined ? { redirect: withDestination(visit, '/sign-in') } : render(visit)
  },
  async submit(visit, form) {
    const answer = await visit.ask('POST', '/mfa/verify', {
      mfa_token: visit.cookie('login_step') ?? '',
      method: methodOf(visit),
      code: form.text('code'),
    })
    if (!answer.ok) return render(visit, problemOf(answer, visit.messages, { mfa_code_invalid: 'code' }))
    visit.setCookie('login_step', '', 0)
    return { redirect: destinationOf(visit) }
  },
}

function methodOf(visit: Visit): 'totp' | 'recovery_code' {
  return visit.query('method') === 'recovery' ? 'recovery_code' : 'totp'
}

function render(visit: Visit, problem?: Problem): Outcome {
  const { secondFactor: words } = visit.messages
  const isApp = methodOf(visit) === 'totp'
  const other = withDestination(visit, '/sign-in/code', { method: isApp ? 'recovery' : undefined })
  return {
    ...(problem && { status: problem.status }),
    html: cardPage(visit, {
      title: words.title,
      lead: isApp ? words.lead : words.leadRecovery,
      content: html`${problemSummary(problem)}
        <form method="post">
          ${field(visit, {
            name: 'code',
            label: isApp ? words.label : words.labelRecovery,
            autocomplete: 'one-time-code',
            isFirst: true,
            problem,
            ...(isApp && { inputmode: 'numeric' }),
          })}
          ${submit(words.submit)}
        </form>
        <div class="after">
          <p><a href="${other}">${isApp ? words.useRecovery : words.useApp}</a></p>
          <p><a href="${withDestination(visit, '/sign-in')}">${words.startAgain}</a></p>
        </div>`,
    }),
  }
}
