import { keepNotice } from '../../notice.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import { cancelLink, problemSummary, submit } from '../../view/controls.ts'
import { html } from '../../view/html.ts'
import { formPage, panelPage } from '../frames/form-page.ts'
import { type MemberVisit, memberPage, unavailable } from '../frames/member-page.ts'
import { asksForProof, isProven, toConfirm, waysToProve } from '../proof.ts'
import { methodsWithoutPassword, signInMethods } from '../sign-in-methods.ts'

const path = '/account/password/remove'

/** Removes the password of a user who can sign in another way. `/account/password` sets one again. */
export const removePassword: Page = memberPage({
  path,
  async show(visit) {
    if (!visit.me.has_password) return { redirect: visit.site.to('/account') }
    return isProven(visit, await waysToProve(visit)) ? render(visit) : toConfirm(visit, path)
  },
  async submit(visit) {
    const answer = await visit.ask('DELETE', '/password')
    if (answer.ok) return { redirect: visit.site.to('/account', keepNotice(visit, { done: 'password-removed' })) }
    return asksForProof(answer) ? toConfirm(visit, path) : render(visit, problemOf(answer, visit.messages))
  },
})

async function render(visit: MemberVisit, problem?: Problem): Promise<Outcome> {
  const methods = await signInMethods(visit)
  if ('code' in methods) return unavailable(visit, methods)
  const { removePassword: words } = visit.messages.account
  const left = methodsWithoutPassword(visit, methods)
  if (left.length === 0) return renderLast(visit, problem)
  return formPage(visit, {
    title: words.title,
    lead: words.lead(new Intl.ListFormat(visit.language, { type: 'disjunction' }).format(left)),
    problem,
    fields: '',
    button: submit(words.submit, 'danger'),
  })
}

function renderLast(visit: MemberVisit, refused?: Problem): Outcome {
  const { account, problems } = visit.messages
  const problem = refused ?? { summary: problems.last_way_in, fields: {}, status: 200 }
  return panelPage(visit, {
    title: account.removePassword.title,
    problem,
    content: html`${problemSummary(problem)}<div class="actions">${cancelLink(visit)}</div>`,
  })
}
