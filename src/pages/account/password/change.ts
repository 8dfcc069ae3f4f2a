import { keepNotice } from '../../notice.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import type { Answer } from '../../requests/ask.ts'
import type { Form } from '../../requests/form.ts'
import { field, submit } from '../../view/controls.ts'
import { type Html, html } from '../../view/html.ts'
import { formPage } from '../frames/form-page.ts'
import { type MemberVisit, memberPage } from '../frames/member-page.ts'
import { asksForProof, hasFactor, isProven, ofPassword, toConfirm, usernameForManagers, waysToProve } from '../proof.ts'

const path = '/account/password'

export const password: Page = memberPage({
  path,
  async show(visit) {
    // Without a second factor, the form itself asks for all that is needed; without a password, it asks for no proof.
    const state = await waysToProve(visit)
    const isReady = (state.hasPassword && !state.hasFactor) || isProven(visit, state)
    return isReady ? render(visit) : toConfirm(visit, path)
  },
  async submit(visit, form) {
    const { messages, site } = visit
    const answer = await change(visit, form)
    if (answer.ok)
      return {
        redirect: site.to('/account', keepNotice(visit, { done: visit.me.has_password ? 'password' : 'password-set' })),
      }
    if (asksForProof(answer)) return toConfirm(visit, path)
    const isSame = answer.code === 'invalid_request' && form.text('current') === form.text('new_password')
    const refusal = isSame ? { ...answer, code: 'password_same' } : ofPassword(answer)
    const fieldOf = { password_wrong: 'current', current_password: 'current', password_same: 'new_password' }
    return render(visit, problemOf(isSame ? { ...refusal, members: [] } : refusal, messages, fieldOf))
  },
})

/** If the login is not recent and the account has no second factor, the current password proves enough. */
async function change(visit: MemberVisit, form: Form): Promise<Answer<unknown>> {
  const [current, next] = [form.text('current'), form.text('new_password')]
  const { has_password: isChange } = visit.me
  const post = () =>
    visit.ask('POST', '/password', { ...(isChange && { current_password: current }), new_password: next })
  const answer = await post()
  if (answer.ok || !isChange || !asksForProof(answer) || (await hasFactor(visit))) return answer
  const proven = await visit.ask('POST', '/reauthenticate', { password: current })
  return proven.ok ? post() : proven
}

function render(visit: MemberVisit, problem?: Problem): Outcome {
  const { messages, site, me } = visit
  const { password: words } = messages.account
  return formPage(visit, {
    title: me.has_password ? words.title : words.titleFirst,
    lead: me.has_password ? words.lead : words.leadFirst,
    problem,
    fields: html`${usernameForManagers(visit)}
        ${me.has_password ? currentField(visit, problem) : ''}
        ${field(visit, {
          name: 'new_password',
          label: messages.common.newPassword,
          type: 'password',
          autocomplete: 'new-password',
          hint: messages.common.passwordHint(site.passwordMinLength),
          script: 'strength',
          problem,
          ...(!me.has_password && { isFirst: true }),
        })}`,
    button: submit(me.has_password ? words.submit : words.submitFirst),
  })
}

function currentField(visit: MemberVisit, problem: Problem | undefined): Html {
  return field(visit, {
    name: 'current',
    label: visit.messages.account.password.current,
    type: 'password',
    autocomplete: 'current-password',
    isFirst: true,
    problem,
  })
}
