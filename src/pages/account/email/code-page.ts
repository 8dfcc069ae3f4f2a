import type { Outcome } from '../../page.ts'
import type { Problem } from '../../problem.ts'
import { field, submit } from '../../view/controls.ts'
import { type Html, html } from '../../view/html.ts'
import { formPage } from '../frames/form-page.ts'
import type { MemberVisit } from '../frames/member-page.ts'

interface CodePage {
  /** The address of the form. */
  readonly path: string
  readonly title: string
  readonly lead: string
  /** Label of the button. */
  readonly label: string
  readonly done?: string | undefined
  readonly problem: Problem | undefined
  readonly after: Html
}

/** A page with a field for the code from a mail. */
export function codePage(visit: MemberVisit, { path, title, lead, label, done, problem, after }: CodePage): Outcome {
  return formPage(visit, {
    title,
    lead,
    problem,
    done,
    action: path,
    fields: field(visit, {
      name: 'code',
      label: visit.messages.account.email.code,
      inputmode: 'numeric',
      autocomplete: 'one-time-code',
      isFirst: true,
      problem,
    }),
    button: submit(label),
    after: html`<div class="after">${after}</div>`,
  })
}
