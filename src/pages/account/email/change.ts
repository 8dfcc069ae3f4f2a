import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import type { Form } from '../../requests/form.ts'
import { field, submit } from '../../view/controls.ts'
import { formPage } from '../frames/form-page.ts'
import { type MemberVisit, memberPage } from '../frames/member-page.ts'
import { asksForProof, hasFactor, isProven, toConfirm } from '../proof.ts'

const path = '/account/email'

/** Asks for a new address. It is used once it is confirmed from a mail. */
export const changeEmail: Page = memberPage({
  path,
  async show(visit) {
    if (!visit.site.hasMail) return { redirect: visit.site.to('/account') }
    return isProven(visit, { hasFactor: await hasFactor(visit) }) ? render(visit) : toConfirm(visit, path)
  },
  async submit(visit, form) {
    const answer = await visit.ask('POST', '/email/change', { new_email: form.text('new_email') })
    if (answer.ok) return { redirect: visit.site.to('/account/email/confirm') }
    if (asksForProof(answer)) return toConfirm(visit, path)
    return render(visit, { form, problem: problemOf(answer, visit.messages) })
  },
})

function render(visit: MemberVisit, sent: { readonly form?: Form; readonly problem?: Problem } = {}): Outcome {
  const { me, messages } = visit
  const { email: words } = messages.account
  const { form, problem } = sent
  return formPage(visit, {
    title: me.email === null ? words.titleFirst : words.title,
    lead: me.email === null ? words.leadFirst : words.lead(me.email),
    problem,
    fields: field(visit, {
      name: 'new_email',
      label: words.label,
      type: 'email',
      inputmode: 'email',
      autocomplete: 'email',
      value: form?.text('new_email'),
      isFirst: true,
      problem,
    }),
    button: submit(words.submit),
  })
}
