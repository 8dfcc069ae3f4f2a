import { keepNotice } from '../notice.ts'
import type { Outcome, Page } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Form } from '../requests/form.ts'
import { field, submit } from '../view/controls.ts'
import { formPage } from './frames/form-page.ts'
import { type MemberVisit, memberPage } from './frames/member-page.ts'
import { asksForProof, hasFactor, isProven, toConfirm } from './proof.ts'

const path = '/account/delete'

export const deleteAccount: Page = memberPage({
  path,
  async show(visit) {
    return isProven(visit, { hasFactor: await hasFactor(visit) }) ? render(visit) : toConfirm(visit, path)
  },
  async submit(visit, form) {
    if (!isNamed(visit, form)) return render(visit, { form, problem: notNamed(visit) })
    const answer = await visit.ask('DELETE', '/me')
    if (answer.ok) return { redirect: visit.site.to('/sign-in', keepNotice(visit, { done: 'deleted' })) }
    if (asksForProof(answer)) return toConfirm(visit, path)
    return render(visit, { form, problem: problemOf(answer, visit.messages) })
  },
})

/** Typing the name prevents a deletion by accident, so it need not match to the letter. */
function isNamed({ me }: MemberVisit, form: Form): boolean {
  const plain = (text: string) => text.trim().normalize('NFKC').toLowerCase()
  return plain(form.text('confirm_username')) === plain(me.username)
}

function notNamed({ messages }: MemberVisit): Problem {
  const fields = { confirm_username: messages.account.deletion.notNamed }
  return { summary: messages.problems.form, fields, status: 200 }
}

function render(visit: MemberVisit, sent: { readonly form?: Form; readonly problem?: Problem } = {}): Outcome {
  const { deletion: words } = visit.messages.account
  const { form, problem } = sent
  return formPage(visit, {
    title: words.title,
    lead: words.lead,
    problem,
    fields: field(visit, {
      name: 'confirm_username',
      label: words.label(visit.me.username),
      autocomplete: 'off',
      value: form?.text('confirm_username'),
      isFirst: true,
      problem,
    }),
    button: submit(words.submit, 'danger'),
  })
}
