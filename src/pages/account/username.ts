import { keepNotice } from '../notice.ts'
import type { Outcome, Page } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Form } from '../requests/form.ts'
import { field, submit } from '../view/controls.ts'
import { formPage } from './frames/form-page.ts'
import { type MemberVisit, memberPage } from './frames/member-page.ts'
import { asksForProof, hasFactor, isProven, toConfirm } from './proof.ts'

const path = '/account/username'

export const username: Page = memberPage({
  path,
  async show(visit) {
    return isProven(visit, { hasFactor: await hasFactor(visit) }) ? render(visit) : toConfirm(visit, path)
  },
  async submit(visit, form) {
    const answer = await visit.ask('POST', '/username', { username: form.text('username') })
    if (answer.ok) return { redirect: visit.site.to('/account', keepNotice(visit, { done: 'username' })) }
    if (asksForProof(answer)) return toConfirm(visit, path)
    return render(visit, { form, problem: problemOf(answer, visit.messages, { username_taken: 'username' }) })
  },
})

function render(visit: MemberVisit, sent: { readonly form?: Form; readonly problem?: Problem } = {}): Outcome {
  const { messages, me } = visit
  const { username: words } = messages.account
  const { form, problem } = sent
  return formPage(visit, {
    title: words.title,
    lead: words.lead,
    problem,
    fields: field(visit, {
      name: 'username',
      label: words.label,
      autocomplete: 'username',
      value: form?.text('username') ?? me.username,
      isFirst: true,
      problem,
    }),
    button: submit(words.submit),
  })
}
